namespace Defms.Core.Mime;

/// <summary>
/// The budgets of a parse. What lies beyond one is not an error: it is left unsplit, so that nothing is lost and the octets can still be shown.
/// </summary>
public static class MimeLimits
{
    /// <summary>Deepest nesting of multiparts and embedded messages. Real mail stays under ten; forwards of forwards have reached thirty.</summary>
    public const int Depth = 100;

    /// <summary>Most parts in one message. A digest of a busy list has hundreds.</summary>
    public const int Parts = 10_000;

    /// <summary>Most header fields in one part. Mail that went round in a loop has shown some hundreds.</summary>
    public const int Fields = 20_000;

    /// <summary>Most mailboxes read from one field: twice the recipients that any mail server takes. Who sends must refuse a message that reaches it.</summary>
    public const int Mailboxes = 20_000;

    /// <summary>Most parameters, or sections of split parameters (RFC 2231), of one field.</summary>
    public const int Parameters = 1_000;

    /// <summary>Most identifiers read from one References field.</summary>
    public const int Identifiers = 10_000;

    /// <summary>Longest line without a line end that SMTP may carry (RFC 5322, 2.1.1), without CRLF.</summary>
    internal const int Line = 998;
}
