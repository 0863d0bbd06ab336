using System.Collections;
using System.Text;

namespace Defms.Core.Mime;

/// <summary>The fields of one header in the order in which they stand, found by name without regard to letter case.</summary>
public sealed class HeaderList : IReadOnlyList<HeaderField>
{
    private readonly ReadOnlyMemory<byte> _octets;
    private readonly FieldSpan[] _spans;
    private HeaderField?[]? _fields;

    internal HeaderList(ReadOnlyMemory<byte> octets, FieldSpan[] spans)
    {
        _octets = octets;
        _spans = spans;
    }

    /// <summary>At most <see cref="MimeLimits.Fields"/>.</summary>
    public int Count => _spans.Length;

    public HeaderField this[int index]
    {
        get
        {
            _fields ??= new HeaderField?[_spans.Length];
            return _fields[index] ??= new HeaderField(_octets, _spans[index]);
        }
    }

    /// <summary>The first field of this name, or null.</summary>
    public HeaderField? this[string name]
    {
        get
        {
            int index = IndexOf(name, 0);
            return index < 0 ? null : this[index];
        }
    }

    /// <summary>All fields of this name in order.</summary>
    public IEnumerable<HeaderField> All(string name)
    {
        for (int index = IndexOf(name, 0); index >= 0; index = IndexOf(name, index + 1))
            yield return this[index];
    }

    public bool Contains(string name) => IndexOf(name, 0) >= 0;

    public IEnumerator<HeaderField> GetEnumerator()
    {
        for (int i = 0; i < _spans.Length; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The raw value of the first field of this name; empty when there is none.</summary>
    internal ReadOnlySpan<byte> Raw(string name)
    {
        int index = IndexOf(name, 0);
        return index < 0 ? default : _octets.Span[_spans[index].ValueStart.._spans[index].End];
    }

    private int IndexOf(string name, int from)
    {
        ReadOnlySpan<byte> octets = _octets.Span;
        for (int i = from; i < _spans.Length; i++)
        {
            FieldSpan span = _spans[i];
            if (span.NameLength == name.Length && Ascii.EqualsIgnoreCase(octets.Slice(span.Start, span.NameLength), name))
                return i;
        }

        return -1;
    }
}
