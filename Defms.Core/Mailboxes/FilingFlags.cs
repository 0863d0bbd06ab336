using Defms.Core.Mime;

namespace Defms.Core.Mailboxes;

/// <summary>How other programs write what is known of a mail: letters of Maildir, and the fields that mbox programs add to mail.</summary>
public static class FilingFlags
{
    private static readonly (char Letter, MessageFlags Flag)[] Letters =
    [
        ('D', MessageFlags.Draft), ('F', MessageFlags.Flagged), ('P', MessageFlags.Forwarded),
        ('R', MessageFlags.Answered), ('S', MessageFlags.Read), ('T', MessageFlags.Deleted),
    ];

    /// <summary>The flags that are the person's own word; all others are read from the blocks.</summary>
    public const MessageFlags Personal = MessageFlags.Read | MessageFlags.Flagged | MessageFlags.Answered | MessageFlags.Deleted
        | MessageFlags.Draft | MessageFlags.Forwarded;

    /// <summary>Reads Maildir letters (cr.yp.to/proto/maildir.html); others are passed over.</summary>
    public static MessageFlags FromLetters(ReadOnlySpan<char> text)
    {
        MessageFlags flags = MessageFlags.None;
        foreach ((char letter, MessageFlags flag) in Letters)
            flags |= text.Contains(letter) ? flag : MessageFlags.None;
        return flags;
    }

    /// <summary>Maildir letters in their order.</summary>
    public static string ToLetters(MessageFlags flags) =>
        string.Concat(Letters.Where(pair => flags.HasFlag(pair.Flag)).Select(pair => pair.Letter));

    /// <summary>
    /// What the mail's own fields say: Status and X-Status (R and O; A, F, D, T), and X-Mozilla-Status, whose bits are 1 read, 2 answered,
    /// 4 flagged, 8 deleted, 0x1000 forwarded.
    /// </summary>
    public static MessageFlags FromFields(MailMessage mail)
    {
        MessageFlags flags = MessageFlags.None;
        if (mail.Headers["Status"] is { } status)
            flags |= status.Value.Contains('R') ? MessageFlags.Read : MessageFlags.None;
        if (mail.Headers["X-Status"] is { } more)
            flags |= FromStatusLetters(more.Value);
        if (mail.Headers["X-Mozilla-Status"] is { } mozilla)
            flags |= FromMozilla(mozilla.Value);
        return flags;
    }

    private static MessageFlags FromStatusLetters(string letters) =>
        (letters.Contains('A') ? MessageFlags.Answered : MessageFlags.None)
        | (letters.Contains('F') ? MessageFlags.Flagged : MessageFlags.None)
        | (letters.Contains('D') ? MessageFlags.Deleted : MessageFlags.None)
        | (letters.Contains('T') ? MessageFlags.Draft : MessageFlags.None);

    private static MessageFlags FromMozilla(string hex)
    {
        if (!int.TryParse(hex, System.Globalization.NumberStyles.HexNumber, null, out int bits))
            return MessageFlags.None;
        return ((bits & 1) != 0 ? MessageFlags.Read : MessageFlags.None)
            | ((bits & 2) != 0 ? MessageFlags.Answered : MessageFlags.None)
            | ((bits & 4) != 0 ? MessageFlags.Flagged : MessageFlags.None)
            | ((bits & 8) != 0 ? MessageFlags.Deleted : MessageFlags.None)
            | ((bits & 0x1000) != 0 ? MessageFlags.Forwarded : MessageFlags.None);
    }
}
