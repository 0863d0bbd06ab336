using System.Security.Cryptography;
using System.Text;

namespace Defms.Gateway.Authentication.Dkim;

/// <summary>
/// Signs mail of an own domain (RFC 6376, section 5; RFC 8463), relaxed/relaxed, the whole body, each key once. Stateless; safe for several threads.
/// </summary>
/// <param name="domain">d=, in ASCII.</param>
/// <param name="keys">One signature each, in this order; not owned.</param>
public sealed class DkimSigner(string domain, IReadOnlyList<DkimKey> keys, TimeProvider time)
{
    /// <summary>A line of the field; RFC 5322, 2.1.1 recommends at most 78.</summary>
    private const int LineLength = 76;

    /// <summary>
    /// Fields that say who speaks, to whom and about what, and how the body is to be read: each is named once more than it occurs, so that
    /// nobody can add another (RFC 6376, 5.4 and 8.15).
    /// </summary>
    private static readonly string[] Sealed =
    [
        "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding", "Defms-Card",
    ];

    /// <summary>Fields that are signed where they are there; a list may add its own.</summary>
    private static readonly string[] Covered =
    [
        "Content-ID", "Content-Description", "Resent-Date", "Resent-From", "Resent-To", "Resent-Cc", "Resent-Message-ID", "List-Id", "List-Help",
        "List-Unsubscribe", "List-Unsubscribe-Post", "List-Subscribe", "List-Post", "List-Owner", "List-Archive", "Auto-Submitted", "Autocrypt",
    ];

    /// <summary>
    /// The DKIM-Signature fields to prepend to these octets, CRLF at the end of each line. The octets are what will be transmitted, Defms-Card
    /// included; they are read with CRLF line ends whether they have them or not. Received fields may be added before them afterwards.
    /// </summary>
    /// <exception cref="ArgumentException">There is no From, or the header is none that verifiers would accept: our own composer made a mistake.</exception>
    public byte[] Sign(ReadOnlyMemory<byte> octets) => TrySign(octets)
        ?? throw new ArgumentException("Only a message with a well-formed header and a From field can be signed.", nameof(octets));

    /// <summary>As <see cref="Sign(ReadOnlyMemory{byte})"/>; null where the octets, which somebody else wrote, cannot be signed.</summary>
    public byte[]? TrySign(ReadOnlyMemory<byte> octets)
    {
        MailHeader header = MailHeader.Read(octets);
        if (!header.IsSound || header.Places("From").Count == 0)
            return null;
        string names = string.Join(':', Names(header));
        string body = Convert.ToBase64String(Canonical.BodyHash(header.Body.Span, relaxed: true, length: null)!);
        var fields = new List<byte>();
        foreach (DkimKey key in keys)
            fields.AddRange(Sign(header, key, names, body));
        return [.. fields];
    }

    private static IEnumerable<string> Names(MailHeader header)
    {
        foreach (string name in Sealed)
        {
            for (int i = 0; i <= header.Places(name).Count; i++)
                yield return name;
        }

        foreach (string name in Covered)
        {
            for (int i = 0; i < header.Places(name).Count; i++)
                yield return name;
        }
    }

    private byte[] Sign(MailHeader header, DkimKey key, string names, string body)
    {
        var text = new StringBuilder("DKIM-Signature:");
        int column = text.Length;
        Append(text, ref column, $" v=1; a={key.Algorithm.Name()}; c=relaxed/relaxed; d={domain};");
        Append(text, ref column, $" s={key.Selector};");
        Append(text, ref column, $" t={time.GetUtcNow().ToUnixTimeSeconds()};");
        AppendFolded(text, ref column, " h=" + names + ";", ':');
        Append(text, ref column, $" bh={body};");
        Append(text, ref column, " b=");
        byte[] signature = key.Sign(Digest(header, names.Split(':'), text.ToString()));
        AppendBase64(text, ref column, Convert.ToBase64String(signature));
        return Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
    }

    private static byte[] Digest(MailHeader header, string[] names, string own)
    {
        var digest = new SignatureDigest(header);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int index in SignatureDigest.Selected(header, names))
            digest.Add(hash, header.Fields[index], relaxed: true);
        MailHeader alone = MailHeader.Read(Encoding.ASCII.GetBytes(own + "\r\n"));
        SignatureDigest.AddOwn(hash, alone, alone.Fields[0], relaxed: true);
        return hash.GetHashAndReset();
    }

    private static void Append(StringBuilder text, ref int column, string piece)
    {
        if (column + piece.Length > LineLength)
        {
            text.Append("\r\n");
            column = 0;
        }

        text.Append(piece);
        column += piece.Length;
    }

    /// <summary>Breaks behind a separator; white space is allowed there.</summary>
    private static void AppendFolded(StringBuilder text, ref int column, string piece, char separator)
    {
        while (piece.Length > 0)
        {
            int end = piece.IndexOf(separator, StringComparison.Ordinal) + 1;
            string part = end == 0 ? piece : piece[..end];
            Append(text, ref column, column + part.Length > LineLength && part[0] != ' ' ? " " + part : part);
            piece = piece[part.Length..];
        }
    }

    private static void AppendBase64(StringBuilder text, ref int column, string base64)
    {
        while (base64.Length > 0)
        {
            if (column >= LineLength)
            {
                text.Append("\r\n ");
                column = 1;
            }

            int length = Math.Min(LineLength - column, base64.Length);
            text.Append(base64, 0, length);
            column += length;
            base64 = base64[length..];
        }
    }
}
