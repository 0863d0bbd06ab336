using System.Text;
using Defms.Gateway.Smtp;
using Defms.Gateway.Tests.Smtp.Fixtures;

namespace Defms.Gateway.Tests.Smtp;

/// <summary>
/// The twelve sequences that some servers took for the end of a mail: those that the tools SMTP-Smuggling-Tools (SEC Consult, 2023) and
/// smtpsmug (Hanno Böck, 2023) try. Behind each stands a second mail that must stay text.
/// </summary>
public sealed class SmugglingTests
{
    private const string Smuggled = "MAIL FROM:<evil@example.com>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nx";
    private const string Start = "EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: one\r\n\r\ntext";

    public static TheoryData<string, bool> Sequences
    {
        get
        {
            string[] known =
            [
                "\n.\n", "\n.\r", "\r.\n", "\r.\r", "\n.\r\n", "\r.\r\n", "\r\n.\n", "\r\n.\r",
                "\r\n\0.\r\n", "\r\n.\0\r\n", "\r\n.\r\r\n", "\r\r\n.\r\r\n",
            ];
            return [.. known.SelectMany(one => new (string, bool)[] { (one, false), (one, true) })];
        }
    }

    [Theory]
    [MemberData(nameof(Sequences))]
    public async Task A_false_end_of_data_brings_no_second_mail(string sequence, bool normalizes)
    {
        byte[] octets = Encoding.Latin1.GetBytes(Start + sequence + Smuggled + "\r\n.\r\nNOOP\r\nQUIT\r\n");
        bool isClean = sequence.Contains('\0');
        IEnumerable<byte[][]> ways = [[octets], [.. octets.Chunk(1)], .. Enumerable.Range(1, octets.Length - 1).Select(cut => new[] { octets[..cut], octets[cut..] })];
        foreach (byte[][] pieces in ways)
        {
            await using var scene = new Scene { Options = new SmtpOptions { HostName = "mx.example.org", NormalizesLineEnds = normalizes } };
            scene.Start();
            foreach (byte[] piece in pieces)
                await scene.SendAsync(piece);
            await scene.EndAsync();
            string verdict = isClean || normalizes ? "250 2.0.0" : "550 5.6.11";
            Assert.Equal(["220", "250", "250 2.1.0", "250 2.1.5", "354", verdict, "250 2.0.0", "221 2.0.0"], scene.Replies);
            Assert.Equal(isClean || normalizes ? 1 : 0, scene.Desk.Mails.Count);
            Assert.All(scene.Desk.Mails, mail => Assert.Contains("Subject: smuggled", mail.Text));
        }
    }
}
