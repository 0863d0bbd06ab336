using System.Buffers;
using System.Text;

namespace Defms.Core.Mime;

/// <summary>Changes to the header of raw octets that leave every other octet, and the kind of line end, as they were.</summary>
public static class MessageEditing
{
    /// <summary>Removes Bcc and Resent-Bcc fields, so that no octets that leave this machine name a blind reader.</summary>
    public static byte[] RemoveBcc(ReadOnlyMemory<byte> octets) => RemoveFields(octets, "Bcc", "Resent-Bcc");

    /// <summary>Removes all fields of these names, folded lines included.</summary>
    public static byte[] RemoveFields(ReadOnlyMemory<byte> octets, params string[] names)
    {
        HeaderList headers = ReadHeader(octets).Headers;
        ReadOnlySpan<byte> span = octets.Span;
        var kept = new ArrayBufferWriter<byte>(span.Length + 1);
        int position = 0;
        foreach (HeaderField field in headers)
        {
            if (!names.Contains(field.Name, StringComparer.OrdinalIgnoreCase))
                continue;
            kept.Write(span[position..field.Span.Start]);
            position = field.Span.Next;
        }

        kept.Write(span[position..]);
        return kept.WrittenSpan.ToArray();
    }

    /// <summary>Puts what RFC 5322, 3.6 requires and this message lacks at its top: Date, From, Message-ID.</summary>
    /// <param name="octets">A message, for example from standard input.</param>
    /// <param name="date">The Date if there is none.</param>
    /// <param name="from">The From if there is none.</param>
    /// <param name="messageId">The Message-ID if there is none, without angle brackets.</param>
    /// <exception cref="MailDraftException">A value cannot be written.</exception>
    public static byte[] AddMissing(ReadOnlyMemory<byte> octets, DateTimeOffset date, NamedAddress from, string messageId)
    {
        DraftCheck.Check(new MailDraft { From = from, Date = date, MessageId = messageId });
        HeaderList headers = ReadHeader(octets).Headers;
        var added = new HeaderWriter();
        if (!headers.Contains("Date"))
            added.Words("Date", MailDate.Format(date));
        if (!headers.Contains("From"))
            added.Mailboxes("From", [from]);
        if (!headers.Contains("Message-ID"))
            added.Ids("Message-ID", [messageId]);
        return InsertFields(octets, added.ToString());
    }

    private static MimePart ReadHeader(ReadOnlyMemory<byte> octets) => new StructureReader(octets).ReadHeader(maxFields: int.MaxValue);

    private static byte[] InsertFields(ReadOnlyMemory<byte> octets, string fields)
    {
        if (fields.Length == 0)
            return octets.ToArray();
        ReadOnlySpan<byte> span = octets.Span;
        MimePart root = ReadHeader(octets);
        string lineEnd = LineEndOf(span);
        bool needsSeparator = root.Headers.Count == 0 && root.BodyOffset == root.HeaderOffset && !span.IsEmpty;
        string inserted = (fields + (needsSeparator ? "\r\n" : "")).Replace("\r\n", lineEnd, StringComparison.Ordinal);
        int at = root.Headers.Count > 0 ? root.Headers[0].Offset : root.HeaderOffset;
        return [.. span[..at], .. Encoding.UTF8.GetBytes(inserted), .. span[at..]];
    }

    /// <summary>The first line end of the message; CRLF when there is none.</summary>
    private static string LineEndOf(ReadOnlySpan<byte> octets)
    {
        int end = octets.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0)
            return "\r\n";
        bool carriage = octets[end] == '\r';
        return carriage && end + 1 < octets.Length && octets[end + 1] == '\n' ? "\r\n" : carriage ? "\r" : "\n";
    }
}
