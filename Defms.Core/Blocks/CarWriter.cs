using Defms.Core.Codecs;

namespace Defms.Core.Blocks;

/// <summary>Writes CAR version 1 (IPLD CARv1 specification): a header with the roots, then each block behind its length and name.</summary>
public sealed class CarWriter
{
    /// <summary>Blocks up to this go out in one write with length and name; copying a larger one costs more than a second write.</summary>
    private const int JoinedLength = 16 * 1024;

    private readonly Stream stream;
    private readonly byte[] joined = new byte[Varint.MaxLength + CidShape.MaxLength + JoinedLength];

    private CarWriter(Stream stream) => this.stream = stream;

    /// <summary>Starts a CAR. The caller owns the stream, and flushes it.</summary>
    public static async ValueTask<CarWriter> CreateAsync(Stream stream, IReadOnlyList<Cid> roots, CancellationToken cancel = default)
    {
        byte[] header = CarHeader.Write(roots);
        byte[] length = new byte[Varint.MaxLength];
        int used = Varint.Write(length, (ulong)header.Length);
        await stream.WriteAsync(length.AsMemory(0, used), cancel);
        await stream.WriteAsync(header, cancel);
        return new CarWriter(stream);
    }

    public async ValueTask WriteAsync(Block block, CancellationToken cancel = default)
    {
        int length = WriteHead(block);
        bool join = block.Data.Length <= JoinedLength;
        if (join)
        {
            block.Span.CopyTo(joined.AsSpan(length));
            length += block.Data.Length;
        }
        await stream.WriteAsync(joined.AsMemory(0, length), cancel);
        if (!join)
            await stream.WriteAsync(block.Data, cancel);
    }

    /// <summary>The size that <paramref name="block"/> takes in a CAR, in bytes.</summary>
    public static int SectionLength(Block block)
    {
        int content = block.Cid.Bytes.Length + block.Data.Length;
        return Varint.Length((ulong)content) + content;
    }

    private int WriteHead(Block block)
    {
        ReadOnlySpan<byte> name = block.Cid.Bytes;
        int length = Varint.Write(joined, (ulong)(name.Length + block.Data.Length));
        name.CopyTo(joined.AsSpan(length));
        return length + name.Length;
    }
}
