using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Defms.Core.Mime;

/// <summary>
/// Writes a draft as a message of RFC 5322 and MIME: CRLF, ASCII headers (raw UTF-8 as in RFC 6532 only for an address whose local part needs it), text
/// as format=flowed, files unchanged. The same draft always gives the same octets: there is no clock and no chance in here.
/// </summary>
public static class MailComposer
{
    /// <exception cref="MailDraftException">A field holds what mail cannot carry; the exception names it.</exception>
    public static byte[] Compose(MailDraft draft)
    {
        ArgumentNullException.ThrowIfNull(draft);
        DraftCheck.Check(draft);
        Entity body = TextEntity(draft);
        if (draft.Attachments.Count > 0)
            body = Multipart("mixed", [body, .. draft.Attachments.Select(AttachmentEntity)]);
        var message = new ArrayBufferWriter<byte>(body.Body.Length + 4096);
        message.Write(Encoding.UTF8.GetBytes(MessageHeader(draft) + body.Header + "\r\n"));
        message.Write(body.Body);
        return message.WrittenSpan.ToArray();
    }

    private static string MessageHeader(MailDraft draft)
    {
        var header = new HeaderWriter();
        header.Words("Date", MailDate.Format(draft.Date));
        header.Mailboxes("From", [draft.From]);
        header.Mailboxes("Reply-To", draft.ReplyTo);
        header.Mailboxes("To", draft.To);
        header.Mailboxes("Cc", draft.Cc);
        header.Text("Subject", draft.Subject);
        header.Ids("Message-ID", [draft.MessageId]);
        header.Ids("In-Reply-To", draft.InReplyTo);
        header.Ids("References", draft.References);
        header.Words("MIME-Version", "1.0");
        return header.ToString();
    }

    private static Entity TextEntity(MailDraft draft)
    {
        Entity plain = TextEntity("text/plain", FlowedText.Flow(Lines(draft.Text)), ("format", "flowed"));
        return draft.Html is null ? plain : Multipart("alternative", [plain, TextEntity("text/html", Lines(draft.Html))]);
    }

    private static Entity TextEntity(string type, string text, params IReadOnlyList<(string Name, string Value)> parameters)
    {
        EncodedBody body = EncodedBody.OfText(text);
        var header = new HeaderWriter();
        header.Parameters("Content-Type", type, [("charset", Ascii.IsValid(text) ? "us-ascii" : "utf-8"), .. parameters]);
        header.Words("Content-Transfer-Encoding", body.Encoding);
        return new Entity(header.ToString(), body.Octets);
    }

    private static Entity AttachmentEntity(DraftAttachment attachment)
    {
        string type = (attachment.Type ?? FileTypes.Of(attachment.Name)).ToLowerInvariant();
        EncodedBody? body = type == "message/rfc822" ? EncodedBody.OfMessage(attachment.Octets.Span) : EncodedBody.OfOctets(attachment.Octets.Span);
        if (body is null)
        {
            type = FileTypes.Unknown;
            body = EncodedBody.OfOctets(attachment.Octets.Span);
        }

        var header = new HeaderWriter();
        header.Parameters("Content-Type", type, TextParameters(type, attachment.Octets.Span));
        header.Parameters("Content-Disposition", "attachment", ("filename", attachment.Name));
        header.Words("Content-Transfer-Encoding", body.Encoding);
        return new Entity(header.ToString(), body.Octets);
    }

    private static (string Name, string Value)[] TextParameters(string type, ReadOnlySpan<byte> octets)
    {
        bool tellCharset = type.StartsWith("text/", StringComparison.Ordinal) && System.Text.Unicode.Utf8.IsValid(octets);
        return tellCharset ? [("charset", "utf-8")] : [];
    }

    private static string Lines(string text)
    {
        string lines = text.ReplaceLineEndings("\n");
        return lines.Length == 0 || lines[^1] == '\n' ? lines : lines + "\n";
    }

    private static Entity Multipart(string subtype, IReadOnlyList<Entity> parts)
    {
        string boundary = ChooseBoundary(parts);
        var header = new HeaderWriter();
        header.Parameters("Content-Type", "multipart/" + subtype, ("boundary", boundary));
        var body = new ArrayBufferWriter<byte>(parts.Sum(part => part.Body.Length + part.Header.Length + 64));
        foreach (Entity part in parts)
        {
            body.Write(Encoding.UTF8.GetBytes($"--{boundary}\r\n{part.Header}\r\n"));
            body.Write(part.Body);
            body.Write("\r\n"u8);
        }

        body.Write(Encoding.UTF8.GetBytes($"--{boundary}--\r\n"));
        return new Entity(header.ToString(), body.WrittenSpan.ToArray());
    }

    /// <summary>A hash of the contents, so that nobody can put it into a content; "=_" occurs in no encoded line, and the rest is searched.</summary>
    private static string ChooseBoundary(IReadOnlyList<Entity> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (true)
        {
            foreach (Entity part in parts)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(part.Header));
                hash.AppendData(part.Body);
            }

            byte[] digest = hash.GetHashAndReset();
            string boundary = "=_" + Convert.ToHexStringLower(digest.AsSpan(0, 12));
            byte[] delimiter = Encoding.ASCII.GetBytes("--" + boundary);
            if (parts.All(part => part.Body.AsSpan().IndexOf(delimiter) < 0))
                return boundary;
            hash.AppendData(digest);
        }
    }

    private sealed record Entity(string Header, byte[] Body);
}
