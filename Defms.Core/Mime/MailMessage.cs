using System.Text;

namespace Defms.Core.Mime;

/// <summary>
/// A message of RFC 5322 and MIME, read from any octets: parsing never fails, and what is broken gets its most useful reading. The octets are kept, not
/// copied, and must not change while the message is in use. Decoding happens when a property is asked; instances are not for several threads at once.
/// </summary>
public sealed class MailMessage
{
    private readonly Dictionary<string, IReadOnlyList<NamedAddress>> _mailboxes = new(StringComparer.Ordinal);
    private readonly Lazy<BodyParts> _body;
    private string? _text;

    private MailMessage(ReadOnlyMemory<byte> octets, MimePart root)
    {
        Octets = octets;
        Root = root;
        _body = new Lazy<BodyParts>(() => BodyParts.Choose(Root), isThreadSafe: false);
    }

    /// <summary>The octets that were parsed, with an mbox "From " line if they began with one.</summary>
    public ReadOnlyMemory<byte> Octets { get; }

    public HeaderList Headers => Root.Headers;

    public MimePart Root { get; }

    /// <summary>One line, control characters shown as spaces; null when there is no Subject field.</summary>
    public string? Subject => Headers["Subject"] is { } subject ? SubjectText.OneLine(subject.Value) : null;

    public IReadOnlyList<NamedAddress> From => Mailboxes("From");

    public IReadOnlyList<NamedAddress> Sender => Mailboxes("Sender");

    public IReadOnlyList<NamedAddress> ReplyTo => Mailboxes("Reply-To");

    public IReadOnlyList<NamedAddress> To => Mailboxes("To");

    public IReadOnlyList<NamedAddress> Cc => Mailboxes("Cc");

    public IReadOnlyList<NamedAddress> Bcc => Mailboxes("Bcc");

    /// <summary>What the Date field says, its own offset kept; null when there is none or it cannot be understood.</summary>
    public DateTimeOffset? Date => MailDate.TryParse(Headers.Raw("Date"), out DateTimeOffset date) ? date : null;

    /// <summary>Without angle brackets; null when there is none.</summary>
    public string? MessageId => MessageIds.First(Headers.Raw("Message-ID"));

    /// <summary>Identifiers without angle brackets, in order.</summary>
    public IReadOnlyList<string> InReplyTo => MessageIds.Parse(Headers.Raw("In-Reply-To"));

    /// <summary>Identifiers without angle brackets, oldest first as the field has them.</summary>
    public IReadOnlyList<string> References => MessageIds.Parse(Headers.Raw("References"));

    /// <summary>The parts that make up the text when plain text is preferred (RFC 8621, textBody).</summary>
    public IReadOnlyList<MimePart> TextBody => _body.Value.Text;

    /// <summary>The parts that make up the text when HTML is preferred (RFC 8621, htmlBody).</summary>
    public IReadOnlyList<MimePart> HtmlBody => _body.Value.Html;

    /// <summary>Every part that is no container and no text of this message; an embedded message is one attachment.</summary>
    public IReadOnlyList<MimePart> Attachments => _body.Value.Attachments;

    /// <summary>
    /// The best readable text: plain parts first, line ends LF, paragraphs of format=flowed joined; HTML as text where there is nothing else. Control
    /// characters are as the author left them: who writes to a terminal must take them out.
    /// </summary>
    public string Text => _text ??= ReadText();

    /// <summary>Reads a message. Linear in its length, within <see cref="MimeLimits"/>; never throws on any octets.</summary>
    public static MailMessage Parse(ReadOnlyMemory<byte> octets) => new(octets, new StructureReader(octets).Read());

    /// <summary>All parts depth first, the root first; at most <see cref="MimeLimits.Parts"/>.</summary>
    public IEnumerable<MimePart> Parts()
    {
        var pending = new Stack<MimePart>();
        pending.Push(Root);
        while (pending.TryPop(out MimePart? part))
        {
            yield return part;
            for (int i = part.Children.Count - 1; i >= 0; i--)
                pending.Push(part.Children[i]);
        }
    }

    /// <summary>All mailboxes of all fields of this name, those in groups included.</summary>
    public IReadOnlyList<NamedAddress> Mailboxes(string field)
    {
        if (_mailboxes.TryGetValue(field, out IReadOnlyList<NamedAddress>? known))
            return known;
        var found = new List<NamedAddress>();
        foreach (HeaderField each in Headers.All(field))
            found.AddRange(AddressList.Parse(each.RawValue).Mailboxes);
        return _mailboxes[field] = found;
    }

    /// <summary>Newsletters put an empty plain part beside their HTML; then the HTML is the text.</summary>
    private string ReadText()
    {
        string text = Join(TextBody);
        return string.IsNullOrWhiteSpace(text) ? Join(HtmlBody) : text;
    }

    private static string Join(IReadOnlyList<MimePart> parts)
    {
        var text = new StringBuilder();
        foreach (MimePart part in parts)
        {
            if (!part.MediaType.IsText && !part.MediaType.IsMultipart)
                continue;
            if (text.Length > 0 && text[^1] != '\n')
                text.Append('\n');
            text.Append(BodyText.Of(part));
        }

        return text.ToString();
    }
}
