using System.Text;

namespace Defms.Gateway.Delivery.Bounces;

/// <summary>
/// Groups of fields as a delivery status has them (RFC 3464, 2.1): an empty line ends a group. Lines that are no field are passed over, as is
/// what lies beyond the limits.
/// </summary>
internal sealed class StatusFields
{
    /// <summary>Groups of one report: the most recipients that a server takes in a transaction, ten times over.</summary>
    private const int MaxGroups = 1_000;

    /// <summary>Fields of a group; RFC 3464 knows about a dozen.</summary>
    private const int MaxFields = 100;

    /// <summary>Of a value; more is cut off.</summary>
    private const int MaxValue = 4_000;

    private readonly List<(string Name, StringBuilder Value)> fields = [];

    public string? this[string name] => fields.Find(each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value?.ToString().Trim();

    /// <summary>The groups that have fields, in order.</summary>
    public static IReadOnlyList<StatusFields> Read(ReadOnlySpan<byte> octets)
    {
        var groups = new List<StatusFields>();
        var group = new StatusFields();
        foreach (Range range in octets.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = octets[range].TrimEnd(" \t\r"u8);
            if (!line.IsEmpty)
                group.Add(line);
            else if (group.fields.Count > 0)
            {
                groups.Add(group);
                group = new StatusFields();
            }
            if (groups.Count == MaxGroups)
                return groups;
        }
        if (group.fields.Count > 0)
            groups.Add(group);
        return groups;
    }

    private void Add(ReadOnlySpan<byte> line)
    {
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            if (fields.Count > 0 && fields[^1].Value.Length < MaxValue)
                fields[^1].Value.Append(' ').Append(Text(line.TrimStart(" \t"u8)));
            return;
        }
        int colon = line.IndexOf((byte)':');
        if (colon > 0 && fields.Count < MaxFields)
            fields.Add((Text(line[..colon]).Trim(), new StringBuilder(Text(line[(colon + 1)..]))));
    }

    /// <summary>UTF-8 (RFC 6533, 3); control characters and other octets become question marks, since people will see it.</summary>
    private static string Text(ReadOnlySpan<byte> octets)
    {
        string text = Encoding.UTF8.GetString(octets[..Math.Min(octets.Length, MaxValue)]);
        return string.Concat(text.Select(c => c == '\t' ? ' ' : char.IsControl(c) || c == '\uFFFD' ? '?' : c));
    }
}
