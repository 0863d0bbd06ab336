using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Records;
using Defms.Core.Mime;
using Defms.Core.Tests.Storage.Tables;
using Defms.Core.Tests.Support;
using Record = Defms.Core.Mailboxes.Records.Record;

namespace Defms.Core.Tests.Devices;

/// <summary>What stands is a function of the set of records and the clock.</summary>
public sealed class RecordConvergenceTests : TableTest
{
    private const long Now = 1_800_000_000_000;

    [Fact]
    public void The_same_records_stand_in_whatever_order_and_how_often_they_come() => Property.Holds(100, random =>
    {
        Record[] all = [.. Enumerable.Range(0, 1 + random.Below(40)).Select(_ => Any(random))];
        string first = Standing(all, random);
        Assert.Equal(first, Standing(all, random));
        Assert.Equal(first, Standing([.. all, .. all], random));
    });

    [Fact]
    public void What_is_ahead_of_the_clock_stands_when_its_time_has_come() => Property.Holds(50, random =>
    {
        Record[] all = [.. Enumerable.Range(0, 20).Select(_ => Any(random))];
        _ = Standing(all, random);
        long later = Now + (20L * 365 * 86_400_000);
        RecordBook.Apply(Tables, Tables.Records.TakeAhead(Record.Horizon(later)), told: true, later);
        foreach (IGrouping<string, Record> key in all.GroupBy(record => record.Key))
            Assert.Equal(Latest(key), Tables.Records.Find(key.Key));
    });

    [Fact]
    public void Records_come_back_from_their_octets_as_they_were() => Property.Holds(50, random =>
    {
        List<Record> left = [.. Enumerable.Range(0, 1 + random.Below(300)).Select(_ => Any(random) with { Value = new string('ä', random.Below(900)) + "\"\\\n" })];
        var read = new List<Record>();
        while (read.Count < left.Count)
        {
            byte[] octets = RecordMail.Write([.. left.Skip(read.Count)], out int count);
            Assert.InRange(octets.Length, 1, 64 * 1024);
            MailMessage mail = MailMessage.Parse(octets);
            Assert.True(RecordMail.IsOne(mail));
            IReadOnlyList<Record> some = RecordMail.Read(mail)!;
            Assert.Equal(count, some.Count);
            read.AddRange(some);
        }
        Assert.Equal(left, read);
    });

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"v\":2,\"records\":[]}")]
    [InlineData("{\"v\":\"1\",\"records\":[]}")]
    [InlineData("{\"v\":1,\"records\":{}}")]
    [InlineData("{\"v\":1,\"records\":[[[[[[]]]]]]}")]
    public void What_is_no_list_of_records_says_nothing(string json) => Assert.Null(RecordMail.Read(Mail(json)));

    [Theory]
    [InlineData("[1,2,3]")]
    [InlineData("[\"flags x\",-1,\"\"]")]
    [InlineData("[\"flags x\",1.5,\"\"]")]
    [InlineData("[\"flags x\",1]")]
    [InlineData("[\"\",1,\"\"]")]
    [InlineData("null")]
    public void A_record_of_another_shape_is_passed_over(string record) =>
        Assert.Equal([new Record("k a", 5, "v")], RecordMail.Read(Mail($$"""{"v":1,"records":[{{record}},["k a",5,"v"]]}"""))!);

    private static MailMessage Mail(string json) =>
        MailMessage.Parse(System.Text.Encoding.UTF8.GetBytes($"Content-Type: {RecordMail.MediaType}\r\n\r\n{json}"));

    /// <summary>Few keys, times and values, so that they meet; some are years ahead.</summary>
    private static Record Any(RandomSource random) => new(
        $"label {random.Below(3)}", Now + random.Below(4) + (random.Below(3) == 0 ? 10L * 365 * 86_400_000 : 0), random.Below(3).ToString());

    private static Record Latest(IEnumerable<Record> records) => records.Aggregate((one, other) => other.Beats(one) ? other : one);

    /// <summary>Takes the records in, in some order, and describes what stands.</summary>
    private string Standing(IReadOnlyList<Record> records, RandomSource random)
    {
        Tables.Records.Clear();
        foreach (Record record in records.OrderBy(_ => random.Below(1000)))
            RecordBook.Apply(Tables, [record], told: true, Now);
        return string.Join('\n', Enumerable.Range(0, 3).Select(key => Tables.Records.Find($"label {key}")?.ToString() ?? "none"));
    }
}
