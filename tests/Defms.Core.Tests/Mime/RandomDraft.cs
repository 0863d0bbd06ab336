using System.Text;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

/// <summary>Drafts with everything that people type, and some things that they do not.</summary>
internal static class RandomDraft
{
    private static readonly string[] Words =
    [
        "a", "the", "meeting", "Grüße", "日本語のテキスト", "🚀🚀", "=?utf-8?q?x?=", "From", ".", "..", "-- ", ">", ">>", "it's", "\"quoted\"", "back\\slash",
        "(round)", "<angle@x>", "a,b;c:d", "http://example.org/" + new string('x', 80), "e\u0301", "Привет", "שלום", "--=_b", "=3D", "\u00A0", "tab\tstop",
    ];

    public static MailDraft Make(Random random, bool plainLocalParts) => new()
    {
        From = Mailbox(random, plainLocalParts),
        To = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => Mailbox(random, plainLocalParts))],
        Cc = [.. Enumerable.Range(0, random.Next(3)).Select(_ => Mailbox(random, plainLocalParts))],
        Subject = Line(random, 12).Replace('\t', ' '),
        Text = Text(random),
        Html = random.Next(4) == 0 ? $"<p>{Text(random)}</p>" : null,
        Attachments = [.. Enumerable.Range(0, random.Next(3)).Select(_ => Attachment(random))],
        References = [.. Enumerable.Range(0, random.Next(20)).Select(i => $"{i}.{random.Next()}@example.org")],
        InReplyTo = random.Next(2) == 0 ? ["x@example.org"] : [],
        Date = DateTimeOffset.UnixEpoch.AddSeconds(random.Next()).ToOffset(TimeSpan.FromMinutes(15 * random.Next(-56, 57))),
        MessageId = $"{random.Next()}@example.org",
    };

    private static NamedAddress Mailbox(Random random, bool plainLocalParts)
    {
        string local = random.Next(plainLocalParts ? 4 : 7) switch
        {
            6 => "\"odd (one)\"",
            1 => "a.b+c",
            4 => "jürgen",
            5 => "用户",
            _ => "user" + random.Next(1000),
        };
        string domain = random.Next(5) == 0 ? "bücher.example" : "mail.example.org";
        Assert.True(MailAddress.TryParse($"{local}@{domain}", out MailAddress address));
        string name = Line(random, 4).Replace('\t', ' ').Trim();
        return new NamedAddress(name.Length == 0 || random.Next(4) == 0 ? null : name, address);
    }

    private static DraftAttachment Attachment(Random random)
    {
        byte[] octets = new byte[random.Next(5000)];
        random.NextBytes(octets);
        string name = Line(random, 3).Replace('\t', ' ').Replace('/', '-').Replace('\\', '-').Trim();
        // A reader keeps the last 255 characters of a name.
        return new DraftAttachment(name[..Math.Min(name.Length, 200)] + "x.bin", null, octets);
    }

    private static string Text(Random random)
    {
        var text = new StringBuilder();
        for (int lines = random.Next(20); lines > 0; lines--)
            text.Append(Line(random, random.Next(40))).Append(random.Next(3) == 0 ? "\r\n" : "\n");
        return text.ToString();
    }

    private static string Line(Random random, int words)
    {
        var line = new StringBuilder();
        for (int i = random.Next(words + 1); i > 0; i--)
            line.Append(Words[random.Next(Words.Length)]).Append(random.Next(10) == 0 ? "" : random.Next(10) == 0 ? "  " : " ");
        return line.ToString();
    }
}
