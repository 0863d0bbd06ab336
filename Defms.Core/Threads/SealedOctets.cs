using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Sealing;

namespace Defms.Core.Threads;

/// <summary>
/// Where the octets of a mail lie, in a message or a parcel: inside the record where they are small, else in sealed chunks beside it
/// (docs/formats/message.md, "Chunks").
/// </summary>
/// <param name="Size">How many octets there are.</param>
/// <param name="Hash">SHA-256 of them.</param>
/// <param name="Inline">The octets themselves, or null when they are in chunks.</param>
/// <param name="Lengths">Of the chunks, in order.</param>
/// <param name="Body">Names of the chunks, one for each length.</param>
internal readonly record struct SealedOctets(long Size, byte[] Hash, byte[]? Inline, IReadOnlyList<int> Lengths, IReadOnlyList<Cid> Body)
{
    /// <summary>The chunks of <paramref name="octets"/>, cut into these lengths.</summary>
    public static List<Block> Seal(ThreadCipher cipher, ReadOnlySpan<byte> octets, IReadOnlyList<int> lengths)
    {
        var chunks = new List<Block>(lengths.Count);
        foreach (int length in lengths)
        {
            chunks.Add(Block.Create(Cid.Raw, cipher.Seal(MessageNode.BodyKind, octets[..length])));
            octets = octets[length..];
        }
        return chunks;
    }

    public static void WriteLengths(DagCborWriter writer, IReadOnlyList<int> lengths)
    {
        writer.Array(lengths.Count);
        foreach (int length in lengths)
            writer.Int(length);
    }

    public static List<int> ReadLengths(ref DagCborReader reader)
    {
        var lengths = new List<int>();
        int count = reader.ReadArray(MessageRecord.MaxChunks);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            int length = reader.ReadInt32(MessageRecord.MaxChunk);
            if (length == 0)
                reader.Fail("has an empty chunk");
            lengths.Add(length);
        }
        if (count == 0)
            reader.Fail("has an empty list");
        return lengths;
    }

    /// <summary>Null when size, digest, lengths and body agree.</summary>
    public string? Refusal()
    {
        if (Lengths.Count != Body.Count)
            return "has another number of chunks than it links to";
        if (Inline is null && Size <= MessageRecord.MaxInline)
            return "has no octets though they would fit";
        if (Inline is null)
            return Lengths.Sum(length => (long)length) == Size ? null : "has chunks whose lengths do not make its size";
        bool match = Inline.Length == Size && SHA256.HashData(Inline).AsSpan().SequenceEqual(Hash);
        return match ? null : "has octets that do not match their digest";
    }

    /// <summary>Puts the octets together.</summary>
    public OctetsResult Read(ThreadCipher cipher, IBlockSource source)
    {
        if (Inline is not null)
            return new OctetsResult(Inline, [], IsDamaged: false);
        // Made when the first chunk is here: a small block may claim a size of half a gigabyte.
        byte[]? octets = null;
        var missing = new List<Cid>();
        bool isDamaged = false;
        int at = 0;
        for (int i = 0; i < Body.Count; i++)
        {
            int length = Lengths[i];
            if (source.Find(Body[i]) is not { } chunk)
                missing.Add(Body[i]);
            else if (cipher.TryOpen(MessageNode.BodyKind, chunk.Span, out byte[] piece) && piece.Length == length)
                piece.CopyTo(octets ??= new byte[Size], at);
            else
                isDamaged = true;
            at += length;
        }
        isDamaged |= missing.Count == 0 && !SHA256.HashData(octets ?? []).AsSpan().SequenceEqual(Hash);
        return new OctetsResult(missing.Count == 0 && !isDamaged ? octets : null, missing, isDamaged);
    }
}
