using System.Text;

namespace Defms.Gateway.Imap.Wire;

/// <summary>Names of folders on the wire (RFC 3501, 5.1.3): ASCII, with other characters as UTF-16 in a base64 of its own between &amp; and -.</summary>
internal static class ModifiedUtf7
{
    /// <summary>
    /// The name that the octets mean. What breaks the rules is read as UTF-8, which some servers send unasked, so that every folder has a name.
    /// </summary>
    public static string Decode(ReadOnlySpan<byte> wire)
    {
        var name = new StringBuilder(wire.Length);
        for (ReadOnlySpan<byte> rest = wire; !rest.IsEmpty;)
        {
            int shift = rest.IndexOf((byte)'&');
            ReadOnlySpan<byte> direct = shift < 0 ? rest : rest[..shift];
            if (direct.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E))
                return Encoding.UTF8.GetString(wire);
            name.Append(Encoding.ASCII.GetString(direct));
            if (shift < 0)
                break;
            rest = rest[(shift + 1)..];
            int end = rest.IndexOf((byte)'-');
            if (end < 0 || !TryAppend(name, rest[..end]))
                return Encoding.UTF8.GetString(wire);
            rest = rest[(end + 1)..];
        }
        return name.ToString();
    }

    private static bool TryAppend(StringBuilder name, ReadOnlySpan<byte> shifted)
    {
        if (shifted.IsEmpty)
        {
            name.Append('&');
            return true;
        }
        string base64 = Encoding.Latin1.GetString(shifted).Replace(',', '/');
        byte[] utf16 = new byte[shifted.Length];
        if (!Convert.TryFromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='), utf16, out int length) || length % 2 != 0)
            return false;
        name.Append(Encoding.BigEndianUnicode.GetString(utf16, 0, length));
        return true;
    }
}
