using System.Text;
using System.Text.Unicode;
using Defms.Core.Mime;
using Defms.Gateway.Delivery.Client;

namespace Defms.Gateway.Delivery.Transmission;

/// <summary>
/// Makes the DKIM-Signature fields for octets that are about to leave, in wire form with CRLF at their end; null where their header is none that
/// can be signed.
/// </summary>
/// <param name="octets">What will be transmitted behind the signature, with CRLF line ends.</param>
internal delegate byte[]? MailSigner(ReadOnlyMemory<byte> octets);

/// <summary>Why a mail cannot be transmitted at all, for the people who wrote it.</summary>
internal sealed record MailRefusal(EnhancedCode Code, string Words);

/// <summary>
/// A mail in the form in which it is transmitted: what this hop adds, then the author's octets with CRLF line ends. The stored octets are not
/// touched. Only <see cref="Prepare"/> makes one, so that nothing with a Bcc field and nothing that loops gets to a server.
/// </summary>
internal sealed class PreparedMail
{
    private static readonly MailRefusal Unsignable =
        new(new EnhancedCode(5, 6, 0), "the mail has lines in its header that are no field, or no From, so that it cannot be signed");

    private PreparedMail(OutgoingMail mail, ReadOnlyMemory<byte> front, ReadOnlyMemory<byte> rest, bool needsUtf8)
    {
        Mail = mail;
        Front = front;
        Rest = rest;
        NeedsUtf8 = needsUtf8;
        NeedsEightBit = !Ascii.IsValid(rest.Span);
    }

    public OutgoingMail Mail { get; }

    /// <summary>Received, trace and signature; always ASCII.</summary>
    public ReadOnlyMemory<byte> Front { get; }

    /// <summary>The fields that came with the mail, and the mail.</summary>
    public ReadOnlyMemory<byte> Rest { get; }

    /// <summary>Octets on the wire before dots are doubled (RFC 1870, 3).</summary>
    public long Size => Front.Length + Rest.Length;

    /// <summary>There are octets above 127, so the server must know 8BITMIME (RFC 6152).</summary>
    public bool NeedsEightBit { get; }

    /// <summary>The header has UTF-8 or the sender's address does, so the server must know SMTPUTF8 (RFC 6531, 3.1).</summary>
    public bool NeedsUtf8 { get; }

    /// <summary>The mail for the wire, or null with the reason why there is none.</summary>
    /// <param name="mail">With Bcc recipients in no field.</param>
    /// <param name="ownName">This gateway in Received and trace.</param>
    /// <exception cref="ArgumentException">A field or name that our own program gave cannot be written.</exception>
    public static PreparedMail? Prepare(OutgoingMail mail, string ownName, DateTimeOffset now, MailSigner? sign, out MailRefusal? refusal)
    {
        if (!mail.Id.All(c => c is > ' ' and < (char)0x7F and not (';' or '(' or ')')) || mail.Id.Length is 0 or > 200)
            throw new ArgumentException("An id that cannot stand in a Received field.", nameof(mail));
        ReadOnlyMemory<byte> octets = LineEnds.Normalize(mail.Octets);
        MailMessage message = MailMessage.Parse(octets);
        refusal = Refuse(mail, message, ownName);
        if (refusal is not null)
            return null;
        byte[] rest = [.. HopFields.Wire(mail.Fields), .. FromFirstField(octets, message)];
        byte[]? signature = sign is null ? [] : sign(rest);
        if (signature is null)
        {
            refusal = Unsignable;
            return null;
        }
        byte[] front = [.. Encoding.ASCII.GetBytes(HopFields.Trace(ownName, mail.Id, now)), .. signature];
        bool needsUtf8 = mail.Sender is { NeedsUtf8: true } || HasUtf8(octets.Span[..message.Root.BodyOffset]);
        return new PreparedMail(mail, front, rest, needsUtf8);
    }

    private static MailRefusal? Refuse(OutgoingMail mail, MailMessage message, string ownName)
    {
        if (message.Headers.Contains("Bcc") || message.Headers.Contains("Resent-Bcc"))
            return new MailRefusal(new EnhancedCode(5, 6, 0), "the mail has a Bcc field, which would show everybody who else reads it");
        if (mail.Sender is { IsValid: false })
            return new MailRefusal(new EnhancedCode(5, 1, 7), "the sender's address is none that mail can come from");
        return LoopCheck.Find(message, ownName) is { } loop ? new MailRefusal(new EnhancedCode(5, 4, 6), loop) : null;
    }

    /// <summary>
    /// Leaves out what may stand before the first field (an mbox "From " line, lines that begin with white space and would join our own fields),
    /// and gives a mail without a header the empty line that it would otherwise lack.
    /// </summary>
    private static byte[] FromFirstField(ReadOnlyMemory<byte> octets, MailMessage message)
    {
        if (message.Headers.Count > 0)
            return octets[message.Headers[0].Offset..].ToArray();
        ReadOnlySpan<byte> body = octets.Span[message.Root.BodyOffset..];
        return [.. "\r\n"u8, .. body];
    }

    /// <summary>Raw octets that are no UTF-8 come from old programs; SMTPUTF8 would be the wrong word for them.</summary>
    private static bool HasUtf8(ReadOnlySpan<byte> header) => !Ascii.IsValid(header) && Utf8.IsValid(header);
}
