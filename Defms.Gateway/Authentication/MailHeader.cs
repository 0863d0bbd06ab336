using System.Text;

namespace Defms.Gateway.Authentication;

/// <summary>One field as it stands: [Start, End) with its folds and its last line end, the value begins behind the colon.</summary>
internal readonly record struct RawField(string Name, int Start, int ValueStart, int End);

/// <summary>
/// The header of a message as DKIM must see it: exact octets, lines ended by CRLF or LF, ended by the first empty line (RFC 5322, 2.1). The reader
/// of Defms.Core.Mime is more lenient; a header that the two could see differently is not <see cref="IsSound"/>, and then no signature is
/// believed (RFC 6376, 8.15), because it would vouch for another text than the one shown.
/// </summary>
internal sealed class MailHeader
{
    /// <summary>Fields in one header. Mail that went round in a loop has shown some hundreds.</summary>
    public const int MaxFields = 2_000;

    /// <summary>Octets of a header: twenty times what long list and DKIM chains reach.</summary>
    public const int MaxLength = 512 * 1024;

    private readonly List<RawField> fields = [];
    private Dictionary<string, int[]>? places;

    private MailHeader(ReadOnlyMemory<byte> octets) => Octets = octets;

    public ReadOnlyMemory<byte> Octets { get; }

    public IReadOnlyList<RawField> Fields => fields;

    /// <summary>Where the body begins; the length of the octets when there is none.</summary>
    public int BodyStart { get; private set; }

    /// <summary>Every line belongs to a field, no stray CR, within the budget.</summary>
    public bool IsSound { get; private set; } = true;

    public ReadOnlyMemory<byte> Body => Octets[BodyStart..];

    /// <summary>Reads any octets, never throws.</summary>
    public static MailHeader Read(ReadOnlyMemory<byte> octets)
    {
        var header = new MailHeader(octets);
        header.Scan(octets.Span);
        return header;
    }

    public ReadOnlyMemory<byte> Value(RawField field) => Octets[field.ValueStart..field.End];

    /// <summary>The fields of a name in the order in which they stand.</summary>
    public IEnumerable<RawField> All(string name) => Places(name).Select(index => fields[index]);

    /// <summary>Indices of the fields of a name, first to last.</summary>
    public IReadOnlyList<int> Places(string name)
    {
        places ??= fields.Select((field, index) => (field.Name, index))
            .GroupBy(entry => entry.Name, entry => entry.index, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.OrdinalIgnoreCase);
        return places.GetValueOrDefault(name) ?? [];
    }

    private void Scan(ReadOnlySpan<byte> octets)
    {
        int position = 0;
        int limit = Math.Min(octets.Length, MaxLength);
        while (position < limit)
        {
            int next = EndOfLine(octets, position);
            if (IsEmpty(octets[position..next]))
            {
                BodyStart = next;
                return;
            }

            while (next < octets.Length && octets[next] is (byte)' ' or (byte)'\t')
                next = EndOfLine(octets, next);
            AddField(octets, position, next);
            position = next;
        }

        IsSound &= position >= octets.Length;
        BodyStart = octets.Length;
    }

    private static int EndOfLine(ReadOnlySpan<byte> octets, int start)
    {
        int length = octets[start..].IndexOf((byte)'\n');
        return length < 0 ? octets.Length : start + length + 1;
    }

    private static bool IsEmpty(ReadOnlySpan<byte> line) => line.SequenceEqual("\r\n"u8) || line.SequenceEqual("\n"u8);

    private void AddField(ReadOnlySpan<byte> octets, int start, int end)
    {
        ReadOnlySpan<byte> line = octets[start..end];
        int colon = line.IndexOf((byte)':');
        ReadOnlySpan<byte> name = colon < 0 ? default : line[..colon].TrimEnd(" \t"u8);
        if (name.IsEmpty || name.ContainsAnyExceptInRange((byte)'!', (byte)'~') || HasStrayReturn(line) || fields.Count == MaxFields)
            IsSound = false;
        else
            fields.Add(new RawField(Encoding.ASCII.GetString(name), start, start + colon + 1, end));
    }

    private static bool HasStrayReturn(ReadOnlySpan<byte> line)
    {
        for (int found = line.IndexOf((byte)'\r'); found >= 0; found = line.IndexOf((byte)'\r'))
        {
            if (found + 1 >= line.Length || line[found + 1] != '\n')
                return true;
            line = line[(found + 1)..];
        }

        return false;
    }
}
