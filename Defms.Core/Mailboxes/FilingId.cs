using Defms.Core.Mime;

namespace Defms.Core.Mailboxes;

/// <summary>
/// Which filed thread a mail belongs to: a function of its octets alone, so that two machines that file the same mail, in any order, file
/// it alike (docs/formats/filing.md, "Which thread"). Frozen by tests/vectors/filing.
/// </summary>
/// <param name="Text"><c>mid:</c> and a Message-ID without angle brackets, or <c>sha256:</c> and the digest of the octets in hex.</param>
public readonly record struct FilingId(string Text)
{
    /// <summary>The oldest mail that this one names as what it answers, else its own Message-ID, else the digest of its octets.</summary>
    /// <param name="octetHash">SHA-256 of the octets.</param>
    public static FilingId Of(MailMessage mail, ReadOnlySpan<byte> octetHash)
    {
        IReadOnlyList<string> references = mail.References;
        string? id = references.Count > 0 ? references[0] : Answered(mail) ?? mail.MessageId;
        return new FilingId(id is null ? "sha256:" + Convert.ToHexStringLower(octetHash) : "mid:" + id);
    }

    /// <summary>
    /// The mail that In-Reply-To names. Of several identifiers in angle brackets it is the last: some programs write
    /// <c>Message from A &lt;a@b&gt; of Monday &lt;id@b&gt;</c>. Without brackets only a single word counts; others are sentences that may hold
    /// the address of a person, which would make one thread of all answers to him.
    /// </summary>
    public static string? Answered(MailMessage mail)
    {
        if (mail.Headers["In-Reply-To"] is not { } field)
            return null;
        ReadOnlySpan<byte> value = MailSyntax.Trim(field.RawValue);
        bool isNamed = value.Contains((byte)'<') || value.IndexOfAny(" \t\r\n"u8) < 0;
        return isNamed && MessageIds.Parse(value) is [.., var last] ? last : null;
    }

    public override string ToString() => Text;
}
