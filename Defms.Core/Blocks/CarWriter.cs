using Defms.Core.Codecs;

namespace Defms.Core.Blocks;

/// <summary>Writes CAR version 1 (IPLD CARv1 specification): a header with the roots, then each block behind its length and name.</summary>
public sealed class CarWriter
{
    private readonly Stream stream;

    private CarWriter(Stream stream) => this.stream = stream;

    /// <summary>Starts a CAR. The caller owns the stream.</summary>
    public static async ValueTask<CarWriter> CreateAsync(Stream stream, IReadOnlyList<Cid> roots, CancellationToken cancel = default)
    {
        var writer = new CarWriter(stream);
        await writer.WriteSectionAsync(Header(roots), default, cancel);
        return writer;
    }

    public ValueTask WriteAsync(Block block, CancellationToken cancel = default) =>
        WriteSectionAsync(block.Cid.Bytes.ToArray(), block.Data, cancel);

    /// <summary>The size that <paramref name="block"/> takes in a CAR, in bytes.</summary>
    public static int SectionLength(Block block)
    {
        int content = block.Cid.Bytes.Length + block.Data.Length;
        return Varint.Length((ulong)content) + content;
    }

    private static byte[] Header(IReadOnlyList<Cid> roots)
    {
        var header = new DagCborWriter();
        header.Map(2).Key("roots"u8).Array(roots.Count);
        foreach (Cid root in roots)
            header.Link(root);
        return header.Key("version"u8).Unsigned(1).ToArray();
    }

    private async ValueTask WriteSectionAsync(byte[] name, ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        byte[] head = new byte[Varint.MaxLength + name.Length];
        int length = Varint.Write(head, (ulong)(name.Length + data.Length));
        name.CopyTo(head, length);
        await stream.WriteAsync(head.AsMemory(0, length + name.Length), cancel);
        await stream.WriteAsync(data, cancel);
    }
}
