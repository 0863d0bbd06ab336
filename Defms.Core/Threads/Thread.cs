using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Sealing;

namespace Defms.Core.Threads;

/// <summary>
/// A conversation with fixed parties and one key, opened. It seals new messages and decides, from a block alone, what belongs.
/// Which messages there are is the business of whoever keeps them. Safe for use by several threads, but for <see cref="Dispose"/>.
/// </summary>
public sealed class Thread : IDisposable
{
    private readonly ThreadKey key;
    private readonly ThreadCipher cipher;

    private Thread(Genesis genesis, ThreadKey key, ThreadCipher cipher)
    {
        Genesis = genesis;
        this.key = key;
        this.cipher = cipher;
    }

    public Genesis Genesis { get; }

    /// <summary>The name of the thread.</summary>
    public Cid Id => Genesis.Id;

    /// <summary>The secret that its parties share.</summary>
    public ReadOnlySpan<byte> Key => key.Bytes;

    /// <summary>Starts a thread with a fresh key.</summary>
    /// <exception cref="ThreadException">The parties do not make a thread; the message says why.</exception>
    public static Thread Create(Identity creator, IEnumerable<Card> parties, GenesisOptions options, RandomSource random) =>
        Create(creator, parties, options, ThreadKey.Create(random), random.Bytes(ThreadKey.SaltLength));

    /// <summary>Starts a thread whose key and salt are given: filed threads derive them. The thread takes the key over.</summary>
    internal static Thread Create(Identity creator, IEnumerable<Card> parties, GenesisOptions options, ThreadKey key, byte[] salt)
    {
        ThreadCipher cipher = key.WithSalt(salt);
        try
        {
            return new Thread(Genesis.Create(creator, parties, options, cipher, key.Bytes), key, cipher);
        }
        catch
        {
            cipher.Dispose();
            key.Dispose();
            throw;
        }
    }

    /// <summary>Opens a thread; everything in its genesis is verified. <paramref name="error"/> is words that follow "the genesis".</summary>
    public static bool TryOpen(
        Block block, ReadOnlySpan<byte> key, [NotNullWhen(true)] out Thread? thread, [NotNullWhen(false)] out string? error)
    {
        thread = null;
        error = "is not opened by this key";
        if (key.Length != ThreadKey.Length || !Genesis.TryReadSalt(block, out byte[] salt, out error))
            return false;
        var threadKey = new ThreadKey(key);
        ThreadCipher cipher = threadKey.WithSalt(salt);
        if (Genesis.TryOpen(block, key, cipher, out Genesis? genesis, out error))
        {
            thread = new Thread(genesis, threadKey, cipher);
            return true;
        }
        cipher.Dispose();
        threadKey.Dispose();
        return false;
    }

    /// <summary>Whether <paramref name="author"/> may write here: a party with the very keys that the genesis certifies.</summary>
    public bool CanWrite(Identity author) => Genesis.Find(author.Did)?.Certificate.Equals(author.Certificate) ?? false;

    /// <summary>Seals and signs a message with exactly these octets.</summary>
    /// <param name="time">Unix milliseconds, or null where nobody knows.</param>
    /// <param name="origin">What the gateway that brought these very octets says of them.</param>
    /// <exception cref="ThreadException">The author is no party (any more), or the message is too large.</exception>
    /// <exception cref="ArgumentException">The time is before 1970 or after 9999, or the origin is one of other octets.</exception>
    public SealedMessage Seal(Identity author, ReadOnlyMemory<byte> octets, long? time, Origin? origin = null)
    {
        if (!CanWrite(author))
            throw new ThreadException($"{author.Did} cannot write to thread {Id}: not a party of it, or its keys have changed since. Start a branch.");
        if (octets.Length > Message.MaxSize)
            throw new ThreadException($"The message has {octets.Length} bytes; at most {Message.MaxSize} fit.");
        if (time is { } known)
            ObjectFields.RequireTime(known);
        byte[] hash = SHA256.HashData(octets.Span);
        if (origin is not null && !origin.IsOf(hash))
            throw new ArgumentException("This is the origin of other octets.", nameof(origin));
        bool isInline = octets.Length <= MessageRecord.MaxInline;
        IReadOnlyList<int> lengths = isInline ? [] : Cutting.Lengths(octets);
        List<Block> chunks = SealedOctets.Seal(cipher, octets.Span, lengths);
        var record = new MessageRecord
        {
            Author = author.Did,
            Size = octets.Length,
            Hash = hash,
            Time = time,
            Octets = isInline ? octets.ToArray() : null,
            Chunks = lengths,
            Origin = origin,
            Body = [.. chunks.Select(chunk => chunk.Cid)],
        };
        byte[] plaintext = record.Write(author.Sign(record.Statement(Id)));
        Block block = new MessageNode(Id, record.Body, cipher.Seal(MessageNode.Kind, plaintext)).ToBlock();
        return new SealedMessage(new Message(Id, block, record), chunks);
    }

    /// <summary>
    /// Whether a block is a message of this thread: decided by the block alone, so that all honest replicas agree.
    /// <paramref name="refusal"/> is words that follow "the message".
    /// </summary>
    public bool TryOpen(Block block, [NotNullWhen(true)] out Message? message, [NotNullWhen(false)] out string? refusal)
    {
        message = null;
        if (!MessageNode.TryRead(block, out MessageNode? node, out refusal))
            return false;
        if (node.Thread != Id)
            refusal = "names another thread";
        else if (!cipher.TryOpen(MessageNode.Kind, node.Sealed, out byte[] plaintext))
            refusal = "was altered or sealed in another way";
        else if (!MessageRecord.TryRead(plaintext, node.Body, out MessageRecord? record, out byte[] signature, out refusal))
            return false;
        else if (Genesis.Find(record.Author) is not { } author)
            refusal = "is by somebody who is no party";
        else if (!author.Certificate.Verifies(record.Statement(Id), signature))
            refusal = "was not signed by its author";
        else
            message = new Message(Id, block, record);
        return message is not null;
    }

    /// <summary>Puts the octets of a message together from its chunks.</summary>
    public OctetsResult ReadOctets(Message message, IBlockSource source) => message.SealedOctets.Read(cipher, source);

    public void Dispose()
    {
        cipher.Dispose();
        key.Dispose();
    }
}
