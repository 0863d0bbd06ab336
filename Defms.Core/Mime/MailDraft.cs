namespace Defms.Core.Mime;

/// <summary>
/// What a person wants to send. Recipients of blind copies have no place here: they exist in the envelope and never in the octets.
/// </summary>
public sealed class MailDraft
{
    public required NamedAddress From { get; init; }

    public IReadOnlyList<NamedAddress> To { get; init; } = [];

    public IReadOnlyList<NamedAddress> Cc { get; init; } = [];

    public IReadOnlyList<NamedAddress> ReplyTo { get; init; } = [];

    public string Subject { get; init; } = "";

    /// <summary>Plain text, lines ending in LF or CRLF; long lines are paragraphs.</summary>
    public string Text { get; init; } = "";

    /// <summary>The same as HTML, for readers that prefer it; null for none.</summary>
    public string? Html { get; init; }

    public IReadOnlyList<DraftAttachment> Attachments { get; init; } = [];

    /// <summary>Without angle brackets.</summary>
    public IReadOnlyList<string> InReplyTo { get; init; } = [];

    /// <summary>Without angle brackets, oldest first.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    public required DateTimeOffset Date { get; init; }

    /// <summary>Without angle brackets; unique in the world, which is the caller's care.</summary>
    public required string MessageId { get; init; }
}

/// <summary>A file to send.</summary>
/// <param name="Name">The file name that the recipient sees.</param>
/// <param name="Type">"type/subtype", or null to have it chosen by the name.</param>
/// <param name="Octets">The content, which arrives unchanged.</param>
public sealed record DraftAttachment(string Name, string? Type, ReadOnlyMemory<byte> Octets);

/// <summary>A draft cannot be written as mail. <see cref="Field"/> is the name of the property that is wrong.</summary>
public sealed class MailDraftException(string field, string reason) : Exception($"{field}: {reason}")
{
    public string Field { get; } = field;
}
