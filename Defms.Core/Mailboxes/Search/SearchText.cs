using System.Buffers;
using System.Text;
using Defms.Core.Mime;

namespace Defms.Core.Mailboxes.Search;

/// <summary>
/// What can be found of a mail, a property for each field of the query language. A function of the octets alone: an entry is taken out of
/// the index by giving the same texts again.
/// </summary>
public sealed record SearchText(string Subject, string From, string To, string Cc, string Body, string Attachments, string List)
{
    /// <summary>In characters; more than any book, and bounds what one mail may cost everybody who searches.</summary>
    public const int MaxBody = 1_000_000;

    /// <summary>In characters: some hundred addresses.</summary>
    private const int MaxHeader = 20_000;

    private const int MaxAddresses = 1_000;

    /// <summary>Lines as long as this, and without a space, are attachments in the form of text, which nobody looks for by their letters.</summary>
    private const int EncodedLine = 60;

    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary>Reads everything that can be found of a mail.</summary>
    public static SearchText Of(MailMessage mail) => new(
        Cut(mail.Subject ?? "", MaxHeader), People(mail.From), People(mail.To), People(mail.Cc), BodyOf(mail), FileNames(mail), Cut(mail.Headers["List-Id"]?.Value ?? "", MaxHeader));

    /// <summary>The text of all text parts, HTML as a reader would see it, and the subjects of mails inside.</summary>
    private static string BodyOf(MailMessage mail)
    {
        string? only = null;
        StringBuilder? all = null;
        foreach (MimePart part in mail.Parts())
        {
            string text = TextOf(part);
            if (text.Length == 0)
                continue;
            if (only is null)
                only = text;
            else if ((all ??= new StringBuilder(only)).Length < MaxBody)
                all.Append('\n').Append(text);
            else
                break;
        }
        return WithoutEncodedLines(Cut(all?.ToString() ?? only ?? "", MaxBody));
    }

    private static string TextOf(MimePart part)
    {
        string inside = part.Parent?.MediaType.IsMessage == true ? part.Headers["Subject"]?.Value ?? "" : "";
        bool isText = part.IsLeaf && (part.MediaType.IsText || part.MediaType.IsMultipart);
        if (!isText)
            return inside;
        string text = BodyText.Of(part);
        return inside.Length == 0 ? text : inside + "\n" + text;
    }

    private static string WithoutEncodedLines(string text)
    {
        StringBuilder? kept = null;
        int start = 0;
        int copied = 0;
        while (start < text.Length)
        {
            int length = text.AsSpan(start).IndexOf('\n');
            int end = length < 0 ? text.Length : start + length;
            if (IsEncoded(text.AsSpan(start..end)))
            {
                (kept ??= new StringBuilder(text.Length)).Append(text, copied, start - copied);
                copied = end;
            }
            start = end + 1;
        }
        return kept is null ? text : kept.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>A line of base64 or, beginning with its length, of uuencode.</summary>
    private static bool IsEncoded(ReadOnlySpan<char> line)
    {
        line = line.TrimEnd('\r');
        return line.Length >= EncodedLine
            && (!line.ContainsAnyExcept(Base64) || (line.Length == 61 && line[0] == 'M' && !line.ContainsAnyExceptInRange(' ', '`') && line.Count(' ') < 4));
    }

    private static string People(IReadOnlyList<NamedAddress> people) => people.Count switch
    {
        0 => "",
        1 => Cut(people[0].ToString(), MaxHeader),
        _ => Cut(string.Join(", ", people.Take(MaxAddresses)), MaxHeader),
    };

    private static string FileNames(MailMessage mail)
    {
        IReadOnlyList<MimePart> attachments = mail.Attachments;
        return attachments.Count == 0 ? "" : Cut(string.Join('\n', attachments.Take(MaxAddresses).Select(part => part.FileName ?? "")), MaxHeader);
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
