using Defms.Core.Blocks;
using Defms.Core.Identities;

namespace Defms.Core.Threads;

/// <summary>
/// A message that belongs to its thread: opened, its author a party, its signature and digests verified. There is no other way to get
/// one than <see cref="Thread.TryOpen"/> and <see cref="Thread.Seal"/>.
/// </summary>
public sealed class Message
{
    /// <summary>The largest message, in octets.</summary>
    public const long MaxSize = (long)MessageRecord.MaxChunks * MessageRecord.MaxChunk;

    private readonly MessageRecord record;

    internal Message(Cid thread, Block block, MessageRecord record)
    {
        Thread = thread;
        Block = block;
        this.record = record;
    }

    public Cid Thread { get; }

    public Block Block { get; }

    public Cid Cid => Block.Cid;

    public Did Author => record.Author;

    /// <summary>Unix milliseconds by the author's clock, or the gateway's for mail from outside; null where nobody said.</summary>
    public long? Time => record.Time;

    /// <summary>How many octets the mail has.</summary>
    public long Size => record.Size;

    /// <summary>SHA-256 of the octets.</summary>
    public ReadOnlySpan<byte> Hash => record.Hash;

    /// <summary>The names of the chunks, in order; none when the octets are inside the block.</summary>
    public IReadOnlyList<Cid> Body => record.Body;

    public Origin? Origin => record.Origin;

    internal SealedOctets SealedOctets => new(record.Size, record.Hash, record.Octets, record.Chunks, record.Body);

    internal IReadOnlyList<int> ChunkLengths => record.Chunks;
}

/// <summary>A new message and the chunks of its octets, ready to be kept.</summary>
public sealed record SealedMessage(Message Message, IReadOnlyList<Block> Chunks)
{
    public IEnumerable<Block> Blocks => Chunks.Append(Message.Block);
}

/// <summary>What came of putting a message's octets together.</summary>
/// <param name="Octets">The exact octets, or null when a chunk is missing or damaged.</param>
/// <param name="Missing">Names of the chunks that are not here.</param>
/// <param name="IsDamaged">A chunk is here and is not what the author sealed: no copy of it ever will be.</param>
public readonly record struct OctetsResult(byte[]? Octets, IReadOnlyList<Cid> Missing, bool IsDamaged);
