using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

/// <summary>Asks a message everything that can be asked, as an index, a reader and an answer would.</summary>
internal static class Exercise
{
    /// <summary>A number that depends on all of it, so that nothing is left out.</summary>
    public static int Everything(ReadOnlyMemory<byte> octets)
    {
        MailMessage message = MailMessage.Parse(octets);
        int sum = Header(message) + message.Text.Length;
        foreach (MimePart part in message.Parts())
            sum += Part(part, octets.Length);
        foreach (MimePart attachment in message.Attachments)
            sum += attachment.EmbeddedMessage()?.Headers.Count ?? 0;
        sum += MailReply.Answer(message).Text.Length;
        return sum + MessageEditing.RemoveBcc(octets).Length;
    }

    private static int Header(MailMessage message)
    {
        int sum = (message.Subject ?? "").Length + (message.Date?.Minute ?? 0) + (message.MessageId ?? "").Length;
        sum += message.InReplyTo.Count + message.References.Count;
        foreach (HeaderField field in message.Headers)
            sum += field.Name.Length + field.Value.Length;
        foreach (string name in (string[])["From", "Sender", "Reply-To", "To", "Cc", "Bcc"])
            sum += message.Mailboxes(name).Sum(mailbox => mailbox.ToString().Length + mailbox.Address.GetHashCode() % 7);
        return sum;
    }

    private static int Part(MimePart part, int length)
    {
        Assert.InRange(part.HeaderOffset, 0, length);
        Assert.InRange(part.BodyOffset, part.HeaderOffset, length);
        Assert.InRange(part.BodyEnd, part.BodyOffset, length);
        if (part.Parent is { } parent)
            Assert.True(part.HeaderOffset >= parent.BodyOffset && part.BodyEnd <= parent.BodyEnd);
        int sum = (part.FileName ?? "").Length + (part.ContentId ?? "").Length + (part.Disposition ?? "").Length + part.MediaType.Parameters.Count;
        return part.IsLeaf ? sum + part.Decode().Length + part.DecodeText().Length : sum;
    }
}
