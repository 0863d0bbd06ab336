using System.Text;
using Defms.Core.Mime;

namespace Defms.Gateway.Delivery.Transmission;

/// <summary>The fields that this hop puts before a mail, in their wire form.</summary>
internal static class HopFields
{
    /// <summary>
    /// Received (RFC 5321, 4.4) and our own trace. The clause "for" is left out, since it could tell of a Bcc reader; "from" too, since a person's
    /// machine is nobody's business. The word behind "with" is none of SMTP's, because the mail came sealed.
    /// </summary>
    public static string Trace(string ownName, string id, DateTimeOffset now) =>
        $"Received: by {ownName} with DEFMS id {id};\r\n {MailDate.Format(now)}\r\n{LoopCheck.TraceField}: {ownName}\r\n";

    /// <summary>A field given by our own program, with CRLF at the end of each line.</summary>
    /// <exception cref="ArgumentException">It is not exactly one field in ASCII.</exception>
    public static string Wire(string field)
    {
        string[] lines = field.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        int colon = lines[0].IndexOf(':', StringComparison.Ordinal);
        bool isField = colon > 0 && lines[0][..colon].All(c => c is > ' ' and < (char)0x7F)
            && lines.Skip(1).All(line => line.Length > 1 && line[0] is ' ' or '\t' && line.Trim().Length > 0)
            && lines.All(line => line.All(c => c is '\t' or (>= ' ' and < (char)0x7F)));
        return isField
            ? string.Concat(lines.Select(line => line + "\r\n"))
            : throw new ArgumentException("Not one header field in ASCII.", nameof(field));
    }

    public static byte[] Wire(IEnumerable<string> fields) => Encoding.ASCII.GetBytes(string.Concat(fields.Select(Wire)));
}
