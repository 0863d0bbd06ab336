namespace Defms.Core.Mime;

/// <summary>A growing run of octets that begins on the caller's stack. The space grows by doubling, so adding stays linear.</summary>
internal ref struct ByteBuffer(Span<byte> initial)
{
    private Span<byte> _space = initial;

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _space[..Length];

    public void Add(byte octet)
    {
        if (Length == _space.Length)
            Grow(1);
        _space[Length++] = octet;
    }

    public void Add(scoped ReadOnlySpan<byte> octets)
    {
        if (octets.Length > _space.Length - Length)
            Grow(octets.Length);
        octets.CopyTo(_space[Length..]);
        Length += octets.Length;
    }

    public void Truncate(int length) => Length = length;

    private void Grow(int more)
    {
        byte[] larger = new byte[Math.Max(Length + more, 2 * Math.Max(_space.Length, 64))];
        Written.CopyTo(larger);
        _space = larger;
    }
}
