using System.Diagnostics.CodeAnalysis;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>The body of <c>POST /defms/v1/blocks</c>: blocks of one thread that the asker lacks (docs/formats/requests.md).</summary>
public sealed record WantList(Cid Thread, IReadOnlyList<Cid> Blocks)
{
    /// <summary>How many blocks one request may ask for.</summary>
    public const int MaxBlocks = 1024;

    /// <exception cref="InvalidOperationException">There are more than <see cref="MaxBlocks"/>.</exception>
    public byte[] Encode()
    {
        if (Blocks.Count > MaxBlocks)
            throw new InvalidOperationException($"One request asks for at most {MaxBlocks} blocks.");
        var writer = new DagCborWriter(64 + Blocks.Count * 42);
        writer.Map(2).Key("want"u8).Array(Blocks.Count);
        foreach (Cid cid in Blocks)
            writer.Link(cid);
        return writer.Key("thread"u8).Link(Thread).ToArray();
    }

    /// <summary>Reads the body of a request; <paramref name="error"/> is words that follow "the request".</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out WantList? wants, [NotNullWhen(false)] out string? error)
    {
        var reader = new DagCborReader(bytes);
        int fields = reader.ReadMap();
        reader.Key("want"u8, ref fields);
        var blocks = new List<Cid>();
        int count = reader.ReadArray(MaxBlocks);
        for (int i = 0; i < count && !reader.Failed; i++)
            blocks.Add(reader.ReadCid());
        reader.Key("thread"u8, ref fields);
        Cid thread = reader.ReadObjectLink();
        reader.EndMap(fields);
        wants = reader.End() ? new WantList(thread, blocks) : null;
        error = wants is null ? reader.Error ?? "is none" : null;
        return wants is not null;
    }
}
