namespace Defms.Core.Blocks;

/// <summary>Bytes with their name. Whoever holds one knows that the bytes match the name: there is no other way to get one.</summary>
public sealed class Block
{
    /// <summary>The largest block that is read or written; part of format version 1. IPFS peers refuse more than 2 MiB.</summary>
    public const int MaxLength = 1024 * 1024;

    private Block(Cid cid, ReadOnlyMemory<byte> data)
    {
        Cid = cid;
        Data = data;
    }

    public Cid Cid { get; }

    /// <summary>The bytes; nobody writes to them any more.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    public ReadOnlySpan<byte> Span => Data.Span;

    /// <summary>Names bytes of our own making. The caller gives up <paramref name="data"/>.</summary>
    public static Block Create(ulong codec, ReadOnlyMemory<byte> data)
    {
        if (data.Length > MaxLength)
            throw new ArgumentException($"A block holds at most {MaxLength} bytes.", nameof(data));
        return new Block(Cid.Of(codec, data.Span), data);
    }

    /// <summary>Checks bytes of a stranger, or from a disk, against the name they came under. The caller gives up <paramref name="data"/>.</summary>
    public static bool TryVerify(Cid cid, ReadOnlyMemory<byte> data, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Block? block)
    {
        block = data.Length <= MaxLength && cid.Names(data.Span) ? new Block(cid, data) : null;
        return block is not null;
    }
}
