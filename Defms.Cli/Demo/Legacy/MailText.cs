using System.Text;

namespace Defms.Cli.Demo.Legacy;

/// <summary>Mails as texts that compare octet by octet.</summary>
internal static class MailText
{
    /// <summary>A character an octet, CRLF as line end whichever it was kept with.</summary>
    public static string Of(byte[] octets) => Encoding.Latin1.GetString(octets).ReplaceLineEndings("\r\n");

    public static byte[] Octets(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>The value of a header field on one line; empty where there is none.</summary>
    public static string Field(string mail, string name) => mail.Split("\r\n").TakeWhile(line => line.Length > 0)
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim() ?? "";
}
