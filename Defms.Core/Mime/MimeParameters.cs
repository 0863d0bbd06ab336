using System.Collections;

namespace Defms.Core.Mime;

/// <summary>
/// The parameters of a Content-Type or Content-Disposition field in order, names in lower case, split and encoded values (RFC 2231) already put
/// together. Where a name comes twice the first wins.
/// </summary>
public sealed class MimeParameters : IReadOnlyList<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _pairs;

    internal MimeParameters(List<KeyValuePair<string, string>> pairs) => _pairs = pairs;

    /// <summary>No parameters.</summary>
    public static MimeParameters None { get; } = new([]);

    public int Count => _pairs.Count;

    public KeyValuePair<string, string> this[int index] => _pairs[index];

    /// <summary>The value of a parameter, or null. The name is given in lower case.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (KeyValuePair<string, string> pair in _pairs)
            {
                if (pair.Key == name)
                    return pair.Value;
            }

            return null;
        }
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _pairs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
