using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Sealing;

namespace Defms.Core.Threads;

/// <summary>
/// What is sealed inside a message block (docs/formats/message.md): who wrote it, when, the digest of the octets, and the octets
/// themselves or the lengths of the chunks that hold them.
/// </summary>
internal sealed record MessageRecord
{
    /// <summary>Octets up to this size travel inside the block; larger ones in chunks.</summary>
    public const int MaxInline = 64 * 1024;

    /// <summary>The largest chunk.</summary>
    public const int MaxChunk = 256 * 1024;

    /// <summary>At most 512 MiB of octets: what a reader can be asked to hold.</summary>
    public const int MaxChunks = 2048;

    public required Did Author { get; init; }

    public required long Size { get; init; }

    /// <summary>SHA-256 of the octets.</summary>
    public required byte[] Hash { get; init; }

    public long? Time { get; init; }

    public byte[]? Octets { get; init; }

    public IReadOnlyList<int> Chunks { get; init; } = [];

    public Origin? Origin { get; init; }

    /// <summary>Where the CIDs of the chunks stand in clear, one for each length.</summary>
    public required IReadOnlyList<Cid> Body { get; init; }

    private int FieldCount => 4 + (Time is null ? 0 : 1) + (Origin is null ? 0 : 1);

    public byte[] Write(byte[] signature)
    {
        var writer = new DagCborWriter((Octets?.Length ?? 0) + 512 + Chunks.Count * 5);
        writer.Map(FieldCount + 1);
        WriteFields(writer);
        return writer.Key("signature"u8).Bytes(signature).ToArray();
    }

    /// <summary>What the author signs: [label, genesis, record without signature, body].</summary>
    public byte[] Statement(Cid genesis) => SignedStatement.Encode("defms/1 message"u8, 3, writer =>
    {
        writer.Link(genesis).Map(FieldCount);
        WriteFields(writer);
        writer.Array(Body.Count);
        foreach (Cid chunk in Body)
            writer.Link(chunk);
    });

    /// <summary>Reads a record and checks all that it says of itself; the signature is the caller's to check.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> bytes, IReadOnlyList<Cid> body,
        [NotNullWhen(true)] out MessageRecord? record, out byte[] signature, [NotNullWhen(false)] out string? error)
    {
        var reader = new DagCborReader(bytes);
        int fields = reader.ReadMap();
        reader.Key("hash"u8, ref fields);
        byte[] hash = reader.ReadExactly(SHA256.HashSizeInBytes);
        reader.Key("size"u8, ref fields);
        long size = reader.ReadInt64();
        long? time = reader.OptionalKey("time"u8, ref fields) ? reader.ReadTime() : null;
        reader.Key("author"u8, ref fields);
        Did author = Did.Read(ref reader);
        IReadOnlyList<int> chunks = reader.OptionalKey("chunks"u8, ref fields) ? SealedOctets.ReadLengths(ref reader) : [];
        byte[]? octets = chunks.Count == 0 && reader.OptionalKey("octets"u8, ref fields) ? reader.ReadBytes(MaxInline).ToArray() : null;
        Origin? origin = reader.OptionalKey("origin"u8, ref fields) ? Origin.Read(ref reader, hash) : null;
        reader.Key("signature"u8, ref fields);
        signature = reader.ReadExactly(VerifyingKey.SignatureLength);
        reader.EndMap(fields);
        record = new MessageRecord
        {
            Author = author,
            Size = size,
            Hash = hash,
            Time = time,
            Octets = octets,
            Chunks = chunks,
            Origin = origin,
            Body = body,
        };
        error = reader.End() ? record.Refusal() : reader.Error ?? "is no message";
        return error is null;
    }

    private void WriteFields(DagCborWriter writer)
    {
        writer.Key("hash"u8).Bytes(Hash).Key("size"u8).Int(Size);
        if (Time is { } time)
            writer.Key("time"u8).Int(time);
        writer.Key("author"u8).Bytes(Author.Bytes);
        if (Octets is null)
            SealedOctets.WriteLengths(writer.Key("chunks"u8), Chunks);
        else
            writer.Key("octets"u8).Bytes(Octets);
        if (Origin is null)
            return;
        writer.Key("origin"u8);
        Origin.Write(writer);
    }

    /// <summary>Null when size, digest, chunks and body agree.</summary>
    private string? Refusal() => new SealedOctets(Size, Hash, Octets, Chunks, Body).Refusal();
}
