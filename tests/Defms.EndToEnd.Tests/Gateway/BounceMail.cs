using System.Text;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>What servers write when a mail cannot be delivered after all (RFC 3464).</summary>
internal static class BounceMail
{
    /// <summary>Says that a recipient's server did not want the mail, ended by CRLF.</summary>
    /// <param name="messageId">Of the mail that comes back.</param>
    /// <param name="returnPath">What the last server wrote of MAIL FROM; null for nothing.</param>
    public static byte[] Make(string messageId, string recipient, string? returnPath = null) => Encoding.ASCII.GetBytes(
        (returnPath is null ? "" : $"Return-Path: {returnPath}\r\n")
        + "From: MAILER-DAEMON@old.example\r\nTo: alice@a.example\r\nSubject: Returned\r\nMIME-Version: 1.0\r\n"
        + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        + $"Reporting-MTA: dns; mx.carol.example\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.2.1\r\n"
        + "Diagnostic-Code: smtp; 550 5.2.1 she left\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        + $"Message-ID: <{messageId}>\r\nSubject: Lunch\r\n\r\n--b--\r\n");

    /// <summary>The Message-ID of a mail, without brackets.</summary>
    public static string IdOf(string mail)
    {
        string line = mail.Split('\n').First(each => each.StartsWith("Message-ID:", StringComparison.OrdinalIgnoreCase));
        return line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];
    }
}
