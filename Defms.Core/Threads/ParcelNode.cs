using System.Diagnostics.CodeAnalysis;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Sealing;

namespace Defms.Core.Threads;

/// <summary>
/// The block of a parcel as anyone sees it: links to the chunks of its mail, and sealed bytes (docs/formats/parcel.md). Who carries it
/// reads this much and no more.
/// </summary>
public sealed record ParcelNode(IReadOnlyList<Cid> Body, byte[] Salt, byte[] Check, byte[] Sealed)
{
    internal const string Kind = "defms/parcel";

    /// <summary>Reads the block; false with the reason, as words that follow "the parcel", when it is none.</summary>
    public static bool TryRead(Block block, [NotNullWhen(true)] out ParcelNode? node, [NotNullWhen(false)] out string? error)
    {
        var reader = new DagCborReader(block.Cid.Codec == Cid.DagCbor ? block.Span : default);
        int fields = reader.ReadMap();
        reader.Key("v"u8, ref fields);
        reader.Expect(1);
        reader.Key("body"u8, ref fields);
        List<Cid> body = MessageNode.ReadBody(ref reader);
        reader.Key("kind"u8, ref fields);
        reader.Expect("defms/parcel"u8);
        reader.Key("salt"u8, ref fields);
        byte[] salt = reader.ReadExactly(ThreadKey.SaltLength);
        reader.Key("check"u8, ref fields);
        byte[] check = reader.ReadExactly(ThreadCipher.CheckLength);
        reader.Key("sealed"u8, ref fields);
        byte[] sealing = reader.ReadBytes(Sealing.Sealed.MaxLength).ToArray();
        reader.EndMap(fields);
        node = reader.End() ? new ParcelNode(body, salt, check, sealing) : null;
        error = node is null ? reader.Error ?? "is none" : null;
        return node is not null;
    }

    internal Block ToBlock()
    {
        var writer = new DagCborWriter(Sealed.Length + 256 + Body.Count * 48);
        writer.Map(6).Key("v"u8).Int(1).Key("body"u8).Array(Body.Count);
        foreach (Cid chunk in Body)
            writer.Link(chunk);
        writer.Key("kind"u8).Text(Kind)
            .Key("salt"u8).Bytes(Salt)
            .Key("check"u8).Bytes(Check)
            .Key("sealed"u8).Bytes(Sealed);
        return Block.Create(Cid.DagCbor, writer.ToArray());
    }
}
