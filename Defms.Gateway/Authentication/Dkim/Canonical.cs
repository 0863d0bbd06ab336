using System.Buffers;
using System.Security.Cryptography;

namespace Defms.Gateway.Authentication.Dkim;

/// <summary>
/// The canonical forms of RFC 6376, 3.4, fed into a hash piece by piece, so that a large body is never copied. A line ends with CRLF or LF and
/// is hashed with CRLF: that is how the octets travel (mail that was stored with LF verifies too).
/// </summary>
internal static class Canonical
{
    private const int BufferLength = 4096;

    private static readonly SearchValues<byte> Blank = SearchValues.Create(" \t"u8);

    /// <summary>SHA-256 of a body, of its first <paramref name="length"/> canonical octets where the signature says so.</summary>
    /// <returns>Null when the canonical body is shorter than that.</returns>
    public static byte[]? BodyHash(ReadOnlySpan<byte> body, bool relaxed, long? length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var sink = new BoundedHash(hash, stackalloc byte[BufferLength], length ?? long.MaxValue);
        long emptyLines = 0;
        bool anything = false;
        while (!body.IsEmpty)
        {
            int end = body.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? body : body[..(end > 0 && body[end - 1] == '\r' ? end - 1 : end)];
            body = end < 0 ? default : body[(end + 1)..];
            line = relaxed ? line.TrimEnd(" \t"u8) : line;
            if (line.IsEmpty)
            {
                emptyLines++;
                continue;
            }

            for (; emptyLines > 0; emptyLines--)
                sink.Add("\r\n"u8);
            anything = true;
            AppendLine(ref sink, line, relaxed);
        }

        if (!anything && !relaxed)
            sink.Add("\r\n"u8);
        sink.Flush();
        return length is null || sink.IsFull ? hash.GetHashAndReset() : null;
    }

    /// <summary>Adds one field, its last line end included or, for the signature's own field, not (3.7).</summary>
    public static void AddField(IncrementalHash hash, ReadOnlySpan<byte> field, int nameLength, int valueStart, bool relaxed, bool last = false)
    {
        if (relaxed)
            AddRelaxed(hash, field, nameLength, valueStart);
        else
            AddSimple(hash, field);
        if (!last)
            hash.AppendData("\r\n"u8);
    }

    private static void AppendLine(ref BoundedHash sink, ReadOnlySpan<byte> line, bool relaxed)
    {
        while (relaxed && !line.IsEmpty)
        {
            int blank = line.IndexOfAny(Blank);
            if (blank < 0)
                break;
            sink.Add(line[..blank]);
            sink.Add(" "u8);
            line = line[blank..].TrimStart(" \t"u8);
        }

        sink.Add(line);
        sink.Add("\r\n"u8);
    }

    private static void AddSimple(IncrementalHash hash, ReadOnlySpan<byte> field)
    {
        field = WithoutLineEnd(field);
        while (true)
        {
            int end = field.IndexOf((byte)'\n');
            if (end < 0)
                break;
            hash.AppendData(WithoutLineEnd(field[..(end + 1)]));
            hash.AppendData("\r\n"u8);
            field = field[(end + 1)..];
        }

        hash.AppendData(field);
    }

    private static ReadOnlySpan<byte> WithoutLineEnd(ReadOnlySpan<byte> line)
    {
        if (line.EndsWith("\n"u8))
            line = line[..^1];
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    /// <summary>Name in lower case, a colon, the value unfolded with each run of white space as one space and none at its ends.</summary>
    private static void AddRelaxed(IncrementalHash hash, ReadOnlySpan<byte> field, int nameLength, int valueStart)
    {
        byte[] name = field[..nameLength].ToArray();
        for (int i = 0; i < name.Length; i++)
            name[i] = name[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(name[i] | 0x20) : name[i];
        hash.AppendData(name);
        hash.AppendData(":"u8);
        ReadOnlySpan<byte> value = field[valueStart..].Trim(" \t\r\n"u8);
        var written = new ArrayBufferWriter<byte>(Math.Max(1, value.Length));
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                written.Write(value.Slice(i, 1));
            else if (value[i - 1] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                written.Write(" "u8);
        }

        hash.AppendData(written.WrittenSpan);
    }

    /// <summary>Gathers pieces before they are hashed: a stranger may send millions that are one octet long.</summary>
    private ref struct BoundedHash(IncrementalHash hash, Span<byte> buffer, long limit)
    {
        private readonly Span<byte> buffer = buffer;
        private long left = limit;
        private int filled;

        public readonly bool IsFull => left == 0;

        public void Add(ReadOnlySpan<byte> octets)
        {
            if (octets.Length > left)
                octets = octets[..(int)left];
            left -= octets.Length;
            if (octets.Length > buffer.Length - filled)
                Flush();
            if (octets.Length > buffer.Length)
            {
                hash.AppendData(octets);
                return;
            }

            octets.CopyTo(buffer[filled..]);
            filled += octets.Length;
        }

        public void Flush()
        {
            hash.AppendData(buffer[..filled]);
            filled = 0;
        }
    }
}
