using System.Text;
using Defms.Core.Mime;
using Defms.Gateway.Delivery.Transmission;

namespace Defms.Gateway.Delivery.Client;

/// <summary>
/// Writes MAIL FROM and RCPT TO with the parameters that the server knows. Addresses must be valid, which keeps line ends out of commands;
/// domains are written in ASCII, which every server understands.
/// </summary>
internal static class EnvelopeCommands
{
    public static string MailFrom(PreparedMail mail, bool isUtf8, ServerFeatures features)
    {
        var command = new StringBuilder("MAIL FROM:<");
        command.Append(mail.Mail.Sender is { } sender ? Path(sender) : "").Append('>');
        if (features.Size)
            command.Append($" SIZE={mail.Size}");
        if (mail.NeedsEightBit)
            command.Append(" BODY=8BITMIME");
        if (isUtf8)
            command.Append(" SMTPUTF8");
        if (features.Dsn && mail.Mail.Return != ReturnedContent.Default)
            command.Append(mail.Mail.Return == ReturnedContent.Full ? " RET=FULL" : " RET=HDRS");
        if (features.Dsn && mail.Mail.EnvelopeId is { Length: > 0 } id)
            command.Append(" ENVID=").Append(Xtext(id));
        return command.Append("\r\n").ToString();
    }

    public static string RcptTo(MailRecipient recipient, ServerFeatures features)
    {
        var command = new StringBuilder("RCPT TO:<").Append(Path(recipient.Address)).Append('>');
        if (features.Dsn && recipient.Notify != NotifyWhen.Default)
            command.Append(" NOTIFY=").Append(Notify(recipient.Notify));
        if (features.Dsn && recipient.Original is { NeedsUtf8: false } original)
            command.Append(" ORCPT=rfc822;").Append(Xtext(Path(original)));
        return command.Append("\r\n").ToString();
    }

    private static string Path(MailAddress address)
    {
        if (!address.IsValid)
            throw new ArgumentException("Not an address that can stand in an envelope.", nameof(address));
        string text = address.ToString();
        return text[..(text.Length - address.Domain.Length)] + address.AsciiDomain;
    }

    /// <summary>NEVER stands alone (RFC 3461, 4.1).</summary>
    private static string Notify(NotifyWhen when) => when.HasFlag(NotifyWhen.Never) ? "NEVER" : string.Join(',', new[]
    {
        (NotifyWhen.Success, "SUCCESS"), (NotifyWhen.Failure, "FAILURE"), (NotifyWhen.Delay, "DELAY"),
    }.Where(each => when.HasFlag(each.Item1)).Select(each => each.Item2));

    /// <summary>RFC 3461, 4: all but visible ASCII without plus and equals sign becomes +XX.</summary>
    private static string Xtext(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(octet =>
        octet is > 0x20 and < 0x7F and not ((byte)'+' or (byte)'=') ? ((char)octet).ToString() : $"+{octet:X2}"));
}
