using System.Buffers;
using System.Text;
using Defms.Core;
using Defms.Core.Mime;
using Defms.Gateway.Authentication.Dkim;
using Defms.Gateway.Delivery;
using Defms.Gateway.Delivery.Transmission;
using Defms.Gateway.Tests.Delivery.Fixtures;

namespace Defms.Gateway.Tests.Delivery;

public sealed class TransmissionTests
{
    /// <summary>
    /// What some servers took for the end of a mail: the sequences that SMTP-Smuggling-Tools (SEC Consult, 2023) and smtpsmug (Hanno Böck, 2023) try.
    /// </summary>
    public static IReadOnlyList<string> FalseEnds { get; } =
    [
        "\n.\n", "\n.\r", "\r.\n", "\r.\r", "\n.\r\n", "\r.\r\n", "\r\n.\n", "\r\n.\r", "\r\n\0.\r\n", "\r\n.\0\r\n", "\r\n.\r\r\n", "\r\r\n.\r\r\n",
    ];

    [Theory]
    [InlineData("a\nb", "a\r\nb\r\n")]
    [InlineData("a\rb\r\n", "a\r\nb\r\n")]
    [InlineData("a\r\r\nb\n\r", "a\r\n\r\nb\r\n\r\n")]
    [InlineData("a\r\0\nb\0", "a\r\nb\r\n")]
    [InlineData("x\n.\r.\0\r\ny", "x\r\n.\r\n.\r\ny\r\n")]
    [InlineData("", "")]
    [InlineData("\0", "")]
    public void Every_line_ends_with_CRLF(string octets, string expected) =>
        Assert.Equal(expected, Encoding.ASCII.GetString(LineEnds.Normalize(Encoding.ASCII.GetBytes(octets)).Span));

    [Fact]
    public void Octets_that_are_in_order_are_not_copied()
    {
        byte[] octets = "a\r\nb\r\n"u8.ToArray();
        Assert.True(LineEnds.Normalize(octets).Equals((ReadOnlyMemory<byte>)octets));
    }

    [Fact]
    public void No_arrangement_of_line_ends_dots_and_NUL_ends_a_mail_early()
    {
        const string Alphabet = "\r\n.\0x";
        for (int number = 0; number < 5 * 5 * 5 * 5 * 5 * 5; number++)
        {
            string octets = string.Concat(Enumerable.Range(0, 6).Select(place => Alphabet[number / (int)Math.Pow(5, place) % 5]));
            ReadOnlyMemory<byte> normal = LineEnds.Normalize(Encoding.ASCII.GetBytes(octets));
            string wire = Stuff(normal, normal.Length);
            Assert.DoesNotContain('\0', wire);
            Assert.DoesNotContain("\r", wire.Replace("\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.DoesNotContain("\n", wire.Replace("\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
            string[] lines = wire.Split("\r\n");
            Assert.DoesNotContain(".", lines);
            Assert.Equal(Encoding.ASCII.GetString(normal.Span), string.Join("\r\n", lines.Select(line => line.StartsWith('.') ? line[1..] : line)));
        }
    }

    [Fact]
    public void Dots_are_doubled_wherever_the_octets_are_cut()
    {
        byte[] octets = ".\r\n..\r\na.\r\n\r\n.b\r\n"u8.ToArray();
        for (int cut = 1; cut <= octets.Length; cut++)
            Assert.Equal("..\r\n...\r\na.\r\n\r\n..b\r\n", Stuff(octets, cut));
    }

    [Fact]
    public void What_the_hop_needs_stands_before_the_octets_and_the_signature_covers_the_card()
    {
        string signed = "";
        OutgoingMail mail = Talk.Mail() with { Fields = ["Defms-Card: defms:abc\n def"] };
        PreparedMail? prepared = PreparedMail.Prepare(mail, "gw.example.com", DateTimeOffset.UnixEpoch, Sign, out _);
        string expected = "Defms-Card: defms:abc\r\n def\r\n" + Talk.Octets.Replace("\n", "\r\n", StringComparison.Ordinal);
        Assert.Equal(expected, signed);
        Assert.Equal(expected, Encoding.ASCII.GetString(prepared!.Rest.Span));
        Assert.Equal(
            "Received: by gw.example.com with DEFMS id q1;\r\n Thu, 1 Jan 1970 00:00:00 +0000\r\nDefms-Trace: gw.example.com\r\nDKIM-Signature: v=1\r\n",
            Encoding.ASCII.GetString(prepared.Front.Span));
        Assert.Equal(Talk.Octets, Encoding.ASCII.GetString(mail.Octets.Span));

        byte[] Sign(ReadOnlyMemory<byte> octets)
        {
            signed = Encoding.ASCII.GetString(octets.Span);
            return "DKIM-Signature: v=1\r\n"u8.ToArray();
        }
    }

    [Theory]
    [InlineData("Bcc: secret@example.org\nSubject: x\n\nx\n", "5.6.0")]
    [InlineData("Subject: x\nbcc :\n\nx\n", "5.6.0")]
    [InlineData("Subject: x\r\nRESENT-BCC: secret@example.org\r\n\r\nx\r\n", "5.6.0")]
    [InlineData("Subject: x\rBcc: secret@example.org\r\rx\r", "5.6.0")]
    public void Octets_that_name_a_Bcc_reader_do_not_leave(string octets, string code)
    {
        Assert.Null(PreparedMail.Prepare(Talk.Mail(octets), "gw.example.com", DateTimeOffset.UnixEpoch, null, out MailRefusal? refusal));
        Assert.Equal(code, refusal!.Code.ToString());
    }

    [Theory]
    [InlineData("Subject: nobody wrote it\n\nx\n")]
    [InlineData("From: a@example.com\nno field at all\n\nx\n")]
    [InlineData("no header\n")]
    [InlineData("")]
    public void A_mail_that_cannot_be_signed_does_not_leave_where_its_domain_signs(string octets)
    {
        using DkimKey key = DkimKey.CreateEd25519("e", RandomSource.System, out _);
        MailSigner sign = new DkimSigner("example.com", [key], TimeProvider.System).TrySign;
        Assert.Null(PreparedMail.Prepare(Talk.Mail(octets), "gw.example.com", DateTimeOffset.UnixEpoch, sign, out MailRefusal? refusal));
        Assert.Equal("5.6.0", refusal!.Code.ToString());
        Assert.Contains("cannot be signed", refusal.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mail_that_goes_round_is_stopped()
    {
        string hop = "Received: from a by b; Thu, 1 Jan 1970 00:00:00 +0000\n", pass = "Defms-Trace: GW.example.com\n", other = "Defms-Trace: other.example\n";
        Assert.Null(Refusal(string.Concat(Enumerable.Repeat(hop, 99).Concat(Enumerable.Repeat(pass, 4)).Concat(Enumerable.Repeat(other, 40)))));
        Assert.Equal("5.4.6", Refusal(string.Concat(Enumerable.Repeat(hop, 100))));
        Assert.Equal("5.4.6", Refusal(string.Concat(Enumerable.Repeat(pass, 5))));

        static string? Refusal(string fields)
        {
            PreparedMail.Prepare(Talk.Mail(fields + Talk.Octets), "gw.example.com", DateTimeOffset.UnixEpoch, null, out MailRefusal? refusal);
            return refusal?.Code.ToString();
        }
    }

    [Theory]
    [InlineData("From a@example.com Thu Jan  1 00:00:00 1970\nSubject: x\n\nbody\n", "x", "body\n")]
    [InlineData("  folded into nothing\nSubject: x\n\nbody\n", "x", "body\n")]
    [InlineData("no header at all\n", null, "no header at all\n")]
    [InlineData("\nbody\n", null, "body\n")]
    [InlineData("", null, "")]
    public void Fields_put_before_odd_octets_stay_what_they_are(string octets, string? subject, string body)
    {
        PreparedMail prepared = Talk.Prepare(Talk.Mail(octets));
        MailMessage read = MailMessage.Parse((byte[])[.. prepared.Front.Span, .. prepared.Rest.Span]);
        Assert.Equal(subject, read.Subject);
        Assert.Equal("gw.example.com", read.Headers["Defms-Trace"]!.Value);
        Assert.Equal(body, Encoding.ASCII.GetString(read.Root.RawBody).ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("Defms-Card: x\n\nbody")]
    [InlineData("Defms-Card: x\nBcc: y")]
    [InlineData("Defms-Card: \u00e4")]
    [InlineData("no field")]
    public void A_field_that_is_more_than_one_is_a_mistake_of_the_program(string field) =>
        Assert.Throws<ArgumentException>(() => Talk.Prepare(Talk.Mail() with { Fields = [field] }));

    private static string Stuff(ReadOnlyMemory<byte> octets, int piece)
    {
        var output = new ArrayBufferWriter<byte>();
        var stuffing = new DotStuffing(output);
        for (int at = 0; at < octets.Length; at += piece)
            stuffing.Write(octets.Span[at..Math.Min(octets.Length, at + piece)]);
        return Encoding.ASCII.GetString(output.WrittenSpan);
    }
}
