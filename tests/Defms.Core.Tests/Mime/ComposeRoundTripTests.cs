using System.Text;
using Defms.Core.Mime;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Mime;

/// <summary>Whatever is composed reads back as it was meant, in lines that every mail server takes.</summary>
public sealed class ComposeRoundTripTests(ITestOutputHelper output)
{
    private const int Drafts = 1_000;

    [Fact]
    public void Drafts_survive_the_way()
    {
        int seed = TestSeed.First;
        output.WriteLine($"seed {seed}");
        for (int i = 0; i < Drafts; i++)
        {
            MailDraft draft = RandomDraft.Make(new Random(seed + i), plainLocalParts: false);
            byte[] octets = MailComposer.Compose(draft);
            try
            {
                Check(draft, octets);
            }
            catch (Exception e) when (e is Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed + i}: {e.Message}\n{Encoding.UTF8.GetString(octets)}");
            }
        }
    }

    private static void Check(MailDraft draft, byte[] octets)
    {
        MailMessage read = MailMessage.Parse(octets);
        Assert.Equal(draft.Subject, read.Subject);
        Assert.Equal(draft.From, Assert.Single(read.From));
        Assert.Equal(draft.To, read.To);
        Assert.Equal(draft.Cc, read.Cc);
        Assert.Equal(draft.Date, read.Date);
        Assert.Equal(draft.MessageId, read.MessageId);
        Assert.Equal(draft.References, read.References);
        Assert.Equal(draft.InReplyTo, read.InReplyTo);
        if (draft.Html is null || !string.IsNullOrWhiteSpace(draft.Text))
            Assert.Equal(Expected(draft.Text), read.Text);
        Assert.Equal(draft.Attachments.Select(each => each.Name.Trim()), read.Attachments.Select(each => each.FileName));
        Assert.Equal(draft.Attachments.Select(each => each.Octets.ToArray()), read.Attachments.Select(each => each.Decode()));
        CheckLines(octets);
    }

    private static void CheckLines(byte[] octets)
    {
        string text = Encoding.UTF8.GetString(octets);
        Assert.DoesNotContain('\0', text);
        Assert.Equal(text.Count(c => c == '\n'), text.Split("\r\n").Length - 1);
        Assert.All(text.Split("\r\n"), line =>
        {
            Assert.InRange(line.Length, 0, 998);
            Assert.False(line.StartsWith("From ", StringComparison.Ordinal));
        });
    }

    /// <summary>What flowed text keeps: spaces at the ends of lines go, and quote marks are followed by one space.</summary>
    private static string Expected(string text)
    {
        if (text.Length == 0)
            return "";
        IEnumerable<string> lines = text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(Line);
        string all = string.Join('\n', lines) + "\n";
        return all + new string('\n', text.ReplaceLineEndings("\n").Length - text.ReplaceLineEndings("\n").TrimEnd('\n').Length - 1);
    }

    private static string Line(string line)
    {
        if (line == "-- ")
            return line;
        line = line.TrimEnd(' ');
        int depth = line.Length - line.TrimStart('>').Length;
        string rest = line[depth..];
        return depth == 0 ? line : rest.Length == 0 ? line : line[..depth] + " " + (rest[0] == ' ' ? rest[1..] : rest);
    }
}
