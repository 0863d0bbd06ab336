using System.Text;
using Defms.Core.Mime;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Mime;

public sealed class MboxTests(ITestOutputHelper output)
{
    private const string Line = "From bob@example.net Mon Jan  2 15:04:05 2006\n";

    [Fact]
    public void Messages_stand_behind_their_separator_lines()
    {
        Assert.Equal(["a: 1\n\nx\n", "b: 2\n\ny\n"], Read($"{Line}a: 1\n\nx\n\n{Line}b: 2\n\ny\n"));
        Assert.Equal(["a: 1\r\n\r\nx\r\n", "b: 2\r\n"], Read($"{Line}a: 1\r\n\r\nx\r\n\r\n{Line}b: 2\r\n"));
        Assert.Equal(["", "x\n"], Read($"{Line}\n{Line}x\n"));
        Assert.Empty(Read(""));
    }

    [Fact]
    public void A_line_of_text_that_begins_with_From_is_no_separator()
    {
        const string text = "a: 1\n\nFrom here on\n\nFrom me to you\nand From Mon Jan  2 15:04:05 2006\nFrom bob@example.net Mon Jan  2 15:04:05 2006\nquoted\n";
        Assert.Equal([text], Read(Line + text));
    }

    [Fact]
    public void A_separator_needs_no_empty_line_before_it_where_a_header_follows() =>
        Assert.Equal(["a: 1\n\nx\n", "b: 2\n\ny\n"], Read($"{Line}a: 1\n\nx\n{Line}b: 2\n\ny\n"));

    [Theory]
    [InlineData(MboxVariant.Rd, "From 1\n>From 2\n>>From 3\n")]
    [InlineData(MboxVariant.Detect, "From 1\n>From 2\n>>From 3\n")]
    [InlineData(MboxVariant.O, "From 1\n>>From 2\n>>>From 3\n")]
    [InlineData(MboxVariant.Cl, "From 1\n>>From 2\n>>>From 3\n")]
    [InlineData(MboxVariant.Cl2, ">From 1\n>>From 2\n>>>From 3\n")]
    public void Each_variant_takes_its_own_quoting_away(MboxVariant variant, string expected) =>
        Assert.Equal([$"a: 1\n\n{expected}"], Read($"{Line}a: 1\n\n>From 1\n>>From 2\n>>>From 3\n", variant));

    [Fact]
    public void A_content_length_that_fits_decides_and_one_that_does_not_is_passed_over()
    {
        string body = $"x\n\n{Line}b: 2\n";
        Assert.Equal([$"Content-Length: {body.Length}\n\n{body}", "c: 3\n"], Read($"{Line}Content-Length: {body.Length}\n\n{body}\n{Line}c: 3\n"));
        Assert.Equal(["Content-Length: 7\n\nx\n", "b: 2\n"], Read($"{Line}Content-Length: 7\n\nx\n\n{Line}b: 2\n"));
    }

    [Fact]
    public void The_mbox_with_content_lengths_of_the_test_data_has_29_messages()
    {
        string path = Assert.Single(SharedFiles.All("mime/mimekit/mbox", "*.mbox*"));
        Assert.Equal(29, Read(File.ReadAllBytes(path), MboxVariant.Detect, 4096).Count);
    }

    [Fact]
    public void A_message_that_is_too_large_is_passed_over_and_the_next_is_read()
    {
        byte[] mbox = Encoding.Latin1.GetBytes($"{Line}a: 1\n\n{new string('x', 5_000_000)}\n\n{Line}b: 2\n\ny\n");
        var reader = new MboxReader(new MemoryStream(mbox), MboxVariant.Detect, 1_000_000);
        Assert.True(reader.TryRead(out MboxEntry large) && large.IsTooLarge);
        Assert.True(reader.TryRead(out MboxEntry next));
        Assert.Equal("b: 2\n\ny\n", Encoding.Latin1.GetString(next.Octets));
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public void Whatever_octets_are_written_come_back_however_the_stream_is_cut()
    {
        int seed = TestSeed.First;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string[] pieces = ["\n", "\r\n", "\r", "From ", ">", ">>From ", Line, "a: 1\n", "\n\n", "x", "Content-Length: 3\n", "From x 12:00 2006\n"];
        for (int round = 0; round < 300; round++)
        {
            List<byte[]> mails = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Encoding.Latin1.GetBytes("h: 1\n" + string.Concat(random.GetItems(pieces, random.Next(12)))))];
            var mbox = new MemoryStream();
            foreach (byte[] mail in mails)
                Write(mbox, mail);
            List<byte[]> read = Read(mbox.ToArray(), MboxVariant.Rd, random.Next(1, 50));
            Assert.Equal(mails.Select(Encoding.Latin1.GetString), read.Select(Encoding.Latin1.GetString));
        }
    }

    [Fact]
    public void A_mark_on_the_line_is_read_and_others_are_none()
    {
        byte[] line = MboxLine.Write("bob @example.net\n", DateTimeOffset.UnixEpoch, "RS-");
        Assert.Equal("From bob@example.net Thu Jan  1 00:00:00 1970 (defms RS-)\n", Encoding.Latin1.GetString(line));
        Assert.True(MboxLine.IsSeparator(line.AsSpan(0, line.Length - 1)));
        Assert.Equal("RS-", MboxLine.MarkOf(line.AsSpan(0, line.Length - 1)));
        Assert.Null(MboxLine.MarkOf("From bob Thu Jan  1 00:00:00 1970"u8));
    }

    [Theory]
    [InlineData("From - Wed Oct 04 18:33:25 2006", true)]
    [InlineData("From bob@example.net  Mon Jan  2 15:04:05 2006 +0100", true)]
    [InlineData("From bob Mon Jan 2 15:04 MET 2006 remote from site", true)]
    [InlineData("From \"a b\"@example.net Mon Jan  2 15:04:05 2006", true)]
    [InlineData("From - ", true)]
    [InlineData("From the year 2006 on", false)]
    [InlineData("From 15:04 until now", false)]
    [InlineData("from bob Mon Jan  2 15:04:05 2006", false)]
    public void A_separator_holds_a_time_and_a_year(string line, bool isOne) => Assert.Equal(isOne, MboxLine.IsSeparator(Encoding.Latin1.GetBytes(line)));

    private static void Write(Stream mbox, byte[] mail)
    {
        bool endsLine = mail.AsSpan().EndsWith("\n"u8);
        mbox.Write(MboxLine.Write("a@x", DateTimeOffset.UnixEpoch, endsLine ? null : "-"));
        MboxQuoting.Write(mbox, mail);
        mbox.Write(endsLine ? "\n"u8 : "\n\n"u8);
    }

    private static List<string> Read(string mbox, MboxVariant variant = MboxVariant.Detect) =>
        [.. Read(Encoding.Latin1.GetBytes(mbox), variant, 1).Select(Encoding.Latin1.GetString)];

    private static List<byte[]> Read(byte[] mbox, MboxVariant variant, int piece)
    {
        var reader = new MboxReader(new Fixtures.SlowStream(mbox, piece), variant, 1 << 20);
        List<byte[]> read = [];
        while (reader.TryRead(out MboxEntry entry))
            read.Add(entry.Octets);
        return read;
    }
}
