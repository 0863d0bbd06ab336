using Defms.Core.Codecs;

namespace Defms.Core.Blocks;

/// <summary>Links inside DAG-CBOR as names.</summary>
public static class DagCborLinks
{
    /// <summary>Reads a link to a block of ours (CIDv1, sha2-256, raw or dag-cbor); any other fails the reader.</summary>
    public static Cid ReadCid(this ref DagCborReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.ReadLink();
        if (reader.Failed)
            return default;
        if (Cid.TryFrom(bytes, out Cid cid) && cid.IsOurs)
            return cid;
        reader.Fail("has a link that is not CIDv1 with sha2-256");
        return default;
    }

    public static DagCborWriter Link(this DagCborWriter writer, Cid cid) => writer.Link(cid.Bytes);

    /// <summary>All links of a block, in order; none for raw bytes or for what is not strict DAG-CBOR.</summary>
    public static IReadOnlyList<Cid> Of(Block block)
    {
        if (block.Cid.Codec != Cid.DagCbor)
            return [];
        var links = new List<Cid>();
        var tokens = new DagCborTokens(block.Span);
        while (tokens.Next())
        {
            if (tokens.Token == DagCborToken.Link)
                links.Add(Cid.From(tokens.Content));
        }
        return tokens.Error is null ? links : [];
    }
}
