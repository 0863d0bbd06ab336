using Defms.Gateway.Dns;

namespace Defms.Gateway.Tests.Dns;

/// <summary>The reader of what servers send, on octets alone.</summary>
public sealed class DnsResponseTests
{
    private static readonly DnsQuestion Question = new("mail.example.org", DnsType.Txt);

    private readonly DnsQuery query = DnsQuery.Create(Question, new SeededRandom(1));

    [Fact]
    public void The_strings_of_a_text_are_joined_without_a_space()
    {
        DnsReply reply = Read(Wire.To(query.Octets).Answer(16, 60, Wire.Text("v=spf1 ip4:", "192.0.2.5 -all")).ToArray())!;
        Assert.Equal("v=spf1 ip4:192.0.2.5 -all", Assert.Single(reply.Records).Text);
        Assert.Equal(TimeSpan.FromSeconds(60), reply.TimeToLive);
    }

    [Fact]
    public void Octets_beyond_ASCII_stay_one_character_each()
    {
        DnsReply reply = Read(Wire.To(query.Octets).Answer(16, 60, Wire.Text("\u0080\u00FF")).ToArray())!;
        Assert.Equal("\u0080\u00FF", reply.Records[0].Text);
    }

    [Fact]
    public void Aliases_are_followed_and_the_shortest_lifetime_counts()
    {
        byte[] message = Wire.To(query.Octets)
            .Answer(5, 300, Wire.Name("a.example"))
            .Answer(5, 20, Wire.Name("B.example"), "A.Example")
            .Answer(16, 100, Wire.Text("yes"), "b.example").ToArray();
        DnsReply reply = Read(message)!;
        Assert.Equal("yes", reply.Records[0].Text);
        Assert.Equal(TimeSpan.FromSeconds(20), reply.TimeToLive);
    }

    [Fact]
    public void Records_of_another_name_are_not_believed()
    {
        DnsReply reply = Read(Wire.To(query.Octets).Answer(16, 60, Wire.Text("forged"), "other.example").ToArray())!;
        Assert.Equal(DnsOutcome.NoData, reply.Outcome);
    }

    [Fact]
    public void A_ring_of_aliases_is_a_failure()
    {
        byte[] message = Wire.To(query.Octets)
            .Answer(5, 300, Wire.Name("a.example"))
            .Answer(5, 300, Wire.Name(Question.Name), "a.example").ToArray();
        Assert.Equal(DnsOutcome.TemporaryFailure, Read(message)!.Outcome);
    }

    [Fact]
    public void An_alias_without_its_records_says_where_to_ask_on()
    {
        DnsReply reply = Read(Wire.To(query.Octets).Answer(5, 300, Wire.Name("a.example")).ToArray())!;
        Assert.Equal("a.example", reply.Alias);
    }

    [Theory]
    [InlineData(Wire.NameError, DnsOutcome.NoSuchName, 30)]
    [InlineData(Wire.NoError, DnsOutcome.NoData, 30)]
    [InlineData(Wire.ServerFailure, DnsOutcome.TemporaryFailure, 0)]
    [InlineData(5, DnsOutcome.TemporaryFailure, 0)]
    public void Absence_and_failure_are_told_apart(int code, DnsOutcome outcome, int seconds)
    {
        DnsReply reply = Read(Wire.To(query.Octets, code).Soa(90, 30).ToArray())!;
        Assert.Equal(outcome, reply.Outcome);
        Assert.Equal(TimeSpan.FromSeconds(seconds), reply.TimeToLive);
    }

    [Fact]
    public void A_response_to_another_id_name_or_case_is_none()
    {
        byte[] right = Wire.To(query.Octets).Answer(16, 60, Wire.Text("x")).ToArray();
        Assert.NotNull(Read(right));
        Assert.Null(Read(With(right, 1, (byte)(right[1] ^ 1))));
        Assert.Null(Read(With(right, 14, (byte)'z')));
        Assert.Null(Read(With(right, 13, (byte)(right[13] ^ 0x20))));
        Assert.Null(Read(With(right, 2, 0)));
        Assert.True(DnsResponse.TryRead(With(right, 13, (byte)(right[13] ^ 0x20)), query, anyCase: true, out _));
    }

    [Fact]
    public void Pointers_that_do_not_lead_back_are_refused()
    {
        int here = query.Octets.Length;
        byte[][] loops =
        [
            [0xC0, (byte)here],
            [0xC0, (byte)(here + 2), 0xC0, (byte)here],
            [1, (byte)'a', 0xC0, (byte)here],
            [0xFF, 0xFF],
            [0x80, 0],
            [0x40, 0],
        ];
        foreach (byte[] loop in loops)
            Assert.Null(Read(Wire.To(query.Octets).Raw(loop).Raw(0, 16, 0, 1, 0, 0, 0, 1, 0, 0).ToArray(answerCount: 1)));
    }

    [Fact]
    public void A_name_longer_than_255_octets_is_refused()
    {
        byte[] label = [63, .. Enumerable.Repeat((byte)'a', 63)];
        byte[] tooLong = [.. label, .. label, .. label, .. label, 0];
        Assert.Null(Read(Wire.To(query.Octets).Raw(tooLong).Raw(0, 16, 0, 1, 0, 0, 0, 1, 0, 0).ToArray(answerCount: 1)));
    }

    [Fact]
    public void A_count_beyond_the_budget_is_refused_before_anything_is_read()
    {
        Assert.Null(Read(Wire.To(query.Octets).Answer(16, 60, Wire.Text("x")).ToArray(answerCount: DnsResponse.MaxRecords + 1)));
    }

    [Fact]
    public void A_message_cut_anywhere_gives_no_records_that_are_not_there()
    {
        byte[] whole = Wire.To(query.Octets)
            .Answer(5, 300, Wire.Name("a.example"))
            .Answer(16, 60, Wire.Text("one", "two"), "a.example")
            .Answer(15, 60, [0, 10, .. Wire.Name("mx.example")])
            .Soa(1, 2).ToArray();
        Assert.NotNull(Read(whole));
        for (int length = 0; length < whole.Length; length++)
            Assert.Null(Read(whole[..length]));
    }

    [Fact]
    public void Any_octets_are_read_without_an_exception()
    {
        var random = new SeededRandom(20_251);
        byte[] whole = Wire.To(query.Octets)
            .Answer(5, 300, Wire.Name("a.example"))
            .Answer(16, 60, Wire.Text("one", "two"), "a.example")
            .Answer(15, 60, [0, 10, .. Wire.Name("mx.example")])
            .Answer(28, 60, new byte[16])
            .Soa(1, 2).ToArray();
        for (int round = 0; round < 50_000; round++)
        {
            byte[] changed = [.. whole];
            for (int changes = random.Below(6); changes >= 0; changes--)
                changed[query.Octets.Length + random.Below(whole.Length - query.Octets.Length)] = random.Bytes(1)[0];
            DnsReply? reply = Read(changed);
            Assert.True(reply is null || reply.Records.Count <= DnsResponse.MaxRecords);
        }
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("ü.example")]
    [InlineData("a123456789012345678901234567890123456789012345678901234567890123.example")]
    public void What_the_DNS_cannot_hold_is_no_name(string name) => Assert.False(DnsName.TryCanonical(name, out _));

    [Fact]
    public void Addresses_have_names_of_their_own()
    {
        Assert.Equal("4.3.2.1.in-addr.arpa", DnsName.Reverse(System.Net.IPAddress.Parse("1.2.3.4")));
        Assert.Equal("4.3.2.1.in-addr.arpa", DnsName.Reverse(System.Net.IPAddress.Parse("::ffff:1.2.3.4")));
        Assert.Equal(
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
            DnsName.Reverse(System.Net.IPAddress.Parse("2001:db8::1")));
    }

    private static byte[] With(byte[] message, int index, byte value)
    {
        byte[] changed = [.. message];
        changed[index] = value;
        return changed;
    }

    private DnsReply? Read(byte[] message) =>
        DnsResponse.TryRead(message, query, anyCase: false, out DnsResponse response) ? response.Reply(Question) : null;
}
