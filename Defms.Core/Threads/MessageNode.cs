using System.Diagnostics.CodeAnalysis;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Sealing;

namespace Defms.Core.Threads;

/// <summary>
/// The block of a message as anyone sees it: its thread, the chunks of its body, and sealed bytes (docs/formats/message.md). A blind
/// host reads this much and no more.
/// </summary>
public sealed record MessageNode(Cid Thread, IReadOnlyList<Cid> Body, byte[] Sealed)
{
    internal const string Kind = "defms/message";

    internal const string BodyKind = "defms/body";

    /// <summary>Reads the block; false with the reason when it is none.</summary>
    public static bool TryRead(Block block, [NotNullWhen(true)] out MessageNode? node, [NotNullWhen(false)] out string? error)
    {
        var reader = new DagCborReader(block.Cid.Codec == Cid.DagCbor ? block.Span : default);
        int fields = reader.ReadMap();
        reader.Key("v"u8, ref fields);
        reader.Expect(1);
        reader.Key("body"u8, ref fields);
        List<Cid> body = ReadBody(ref reader);
        reader.Key("kind"u8, ref fields);
        reader.Expect("defms/message"u8);
        reader.Key("sealed"u8, ref fields);
        byte[] sealing = reader.ReadBytes(Sealing.Sealed.MaxLength).ToArray();
        reader.Key("genesis"u8, ref fields);
        Cid thread = reader.ReadObjectLink();
        reader.EndMap(fields);
        node = reader.End() ? new MessageNode(thread, body, sealing) : null;
        error = node is null ? reader.Error ?? "is no message" : null;
        return node is not null;
    }

    internal Block ToBlock()
    {
        var writer = new DagCborWriter(Sealed.Length + 128 + Body.Count * 48);
        writer.Map(5).Key("v"u8).Int(1).Key("body"u8).Array(Body.Count);
        foreach (Cid chunk in Body)
            writer.Link(chunk);
        writer.Key("kind"u8).Text(Kind).Key("sealed"u8).Bytes(Sealed).Key("genesis"u8).Link(Thread);
        return Block.Create(Cid.DagCbor, writer.ToArray());
    }

    /// <summary>The links to chunks, which may be none.</summary>
    internal static List<Cid> ReadBody(ref DagCborReader reader)
    {
        var body = new List<Cid>();
        int count = reader.ReadArray(MessageRecord.MaxChunks);
        for (int i = 0; i < count && !reader.Failed; i++)
            body.Add(ReadChunkLink(ref reader));
        return body;
    }

    private static Cid ReadChunkLink(ref DagCborReader reader)
    {
        Cid cid = reader.ReadCid();
        if (!reader.Failed && cid.Codec != Cid.Raw)
            reader.Fail("has a body that is not raw bytes");
        return cid;
    }
}
