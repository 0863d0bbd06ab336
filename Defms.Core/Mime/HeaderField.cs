using System.Text;

namespace Defms.Core.Mime;

/// <summary>One field of a header: a view of the octets it stands in, decoded when asked.</summary>
public sealed class HeaderField
{
    private readonly ReadOnlyMemory<byte> _octets;
    private string? _value;

    internal HeaderField(ReadOnlyMemory<byte> octets, FieldSpan span)
    {
        _octets = octets;
        Span = span;
    }

    /// <summary>The name as it was written.</summary>
    public string Name => Encoding.ASCII.GetString(_octets.Span.Slice(Span.Start, Span.NameLength));

    /// <summary>The octets behind the colon, folds included, without the last line end.</summary>
    public ReadOnlySpan<byte> RawValue => _octets.Span[Span.ValueStart..Span.End];

    /// <summary>The value unfolded, trimmed, and with encoded words decoded: text for people, and for fields without a structure.</summary>
    public string Value => _value ??= HeaderText.Decode(RawValue);

    /// <summary>Where the name begins in the octets of the message.</summary>
    public int Offset => Span.Start;

    internal FieldSpan Span { get; }

    public override string ToString() => $"{Name}: {Value}";
}

/// <summary>Where a field stands: [Start, Start+NameLength) name, [ValueStart, End) value, Next the first octet behind its line end.</summary>
internal readonly record struct FieldSpan(int Start, int NameLength, int ValueStart, int End, int Next);
