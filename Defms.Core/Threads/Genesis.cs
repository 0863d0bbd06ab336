using System.Diagnostics.CodeAnalysis;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Sealing;

namespace Defms.Core.Threads;

/// <summary>
/// The first block of a thread, whose CID is the thread's name: who its parties are, for good (docs/formats/genesis.md). Whoever holds
/// one knows that the key matches, that every card verifies and that the creator, himself a party, signed it.
/// </summary>
public sealed class Genesis
{
    /// <summary>A hundred cards fit one block, and a larger circle is a list, which is one party.</summary>
    public const int MaxParties = 100;

    internal const string Kind = "defms/genesis";

    private Genesis(Block block, Contents contents, bool isPublic)
    {
        Block = block;
        IsPublic = isPublic;
        Creator = contents.Creator;
        Parties = contents.Parties;
        Created = contents.Created;
        BranchOf = contents.BranchOf;
    }

    public Block Block { get; }

    /// <summary>The name of the thread.</summary>
    public Cid Id => Block.Cid;

    public Did Creator { get; }

    /// <summary>Everyone who may read and write, creator included, sorted by identity.</summary>
    public IReadOnlyList<Card> Parties { get; }

    /// <summary>Unix milliseconds, by the creator's clock; omitted in filed threads.</summary>
    public long? Created { get; }

    /// <summary>The thread this one continues with another audience.</summary>
    public Cid? BranchOf { get; }

    /// <summary>Whether it holds mail of the old world, filed by its one party: such a thread alone says no time (docs/formats/filing.md).</summary>
    public bool IsFiled => Parties.Count == 1 && Created is null;

    /// <summary>Whether the key stands in clear in the block, for everyone to read.</summary>
    public bool IsPublic { get; }

    /// <summary>The party's card as it was when the thread was made, or null for somebody else.</summary>
    public Card? Find(Did identity)
    {
        foreach (Card party in Parties)
        {
            if (party.Identity == identity)
                return party;
        }
        return null;
    }

    /// <summary>Makes and signs a genesis.</summary>
    /// <param name="parties">Cards of all parties in any order; the creator's current card among them.</param>
    /// <param name="key">The key that <paramref name="cipher"/> was made of.</param>
    /// <exception cref="ThreadException">Too many parties, one of them twice, or the creator not among them with its current keys.</exception>
    internal static Genesis Create(
        Identity creator, IEnumerable<Card> parties, GenesisOptions options, ThreadCipher cipher, ReadOnlySpan<byte> key)
    {
        List<Card> sorted = [.. parties.OrderBy(card => card.Identity)];
        if (sorted is [Card alone])
            sorted = [Card.Bare(alone.Certificate)];
        var contents = new Contents(creator.Did, sorted, options.Created, options.BranchOf);
        if (options.Created is { } created)
            ObjectFields.RequireTime(created);
        if (Refusal(contents) is { } refusal)
            throw new ThreadException($"This thread cannot be made: it {refusal}.");
        if (!sorted.Exists(card => card.Certificate.Equals(creator.Certificate)))
            throw new ThreadException("This thread cannot be made: the creator's card is not of its current keys.");
        byte[] signature = creator.Sign(Statement(contents, cipher, options.IsPublic));
        byte[] record = WriteRecord(contents, signature);
        Block block = Block.Create(Cid.DagCbor, WriteBlock(cipher, cipher.Seal(Kind, record), options.IsPublic ? key : default));
        return new Genesis(block, contents, options.IsPublic);
    }

    /// <summary>The key that stands in clear in a public genesis; empty for a private one or what is none.</summary>
    public static byte[] PublicKeyOf(Block block) => TryReadBlock(block, out Envelope envelope, out _) ? envelope.Key : [];

    /// <summary>The salt of what looks like a genesis.</summary>
    internal static bool TryReadSalt(Block block, out byte[] salt, [NotNullWhen(false)] out string? error)
    {
        bool isGenesis = TryReadBlock(block, out Envelope envelope, out error);
        salt = envelope.Salt;
        return isGenesis;
    }

    /// <summary>Opens and verifies everything; <paramref name="cipher"/> was made of <paramref name="key"/> and the block's salt.</summary>
    internal static bool TryOpen(
        Block block, ReadOnlySpan<byte> key, ThreadCipher cipher,
        [NotNullWhen(true)] out Genesis? genesis, [NotNullWhen(false)] out string? error)
    {
        genesis = null;
        if (!TryReadBlock(block, out Envelope envelope, out error))
            return false;
        bool isPublic = envelope.Key.Length > 0;
        if (!cipher.Matches(envelope.Check))
            error = "is not opened by this key";
        else if (!cipher.TryOpen(Kind, envelope.Sealed, out byte[] record))
            error = "was altered or sealed in another way";
        else if (isPublic && !key.SequenceEqual(envelope.Key))
            error = "has another key in clear than its own";
        else if ((error = ReadRecord(record, cipher, isPublic, out Contents contents)) is null)
            genesis = new Genesis(block, contents, isPublic);
        return genesis is not null;
    }

    private static byte[] WriteBlock(ThreadCipher cipher, byte[] sealing, ReadOnlySpan<byte> publicKey)
    {
        var writer = new DagCborWriter(sealing.Length + 256);
        writer.Map(publicKey.IsEmpty ? 5 : 6).Key("v"u8).Int(1);
        if (!publicKey.IsEmpty)
            writer.Key("key"u8).Bytes(publicKey);
        return writer.Key("kind"u8).Text(Kind)
            .Key("salt"u8).Bytes(cipher.Salt)
            .Key("check"u8).Bytes(cipher.Check)
            .Key("sealed"u8).Bytes(sealing)
            .ToArray();
    }

    private static bool TryReadBlock(Block block, out Envelope envelope, [NotNullWhen(false)] out string? error)
    {
        var reader = new DagCborReader(block.Cid.Codec == Cid.DagCbor ? block.Span : default);
        int fields = reader.ReadMap();
        reader.Key("v"u8, ref fields);
        reader.Expect(1);
        byte[] key = reader.OptionalKey("key"u8, ref fields) ? reader.ReadExactly(ThreadKey.Length) : [];
        reader.Key("kind"u8, ref fields);
        reader.Expect("defms/genesis"u8);
        reader.Key("salt"u8, ref fields);
        byte[] salt = reader.ReadExactly(ThreadKey.SaltLength);
        reader.Key("check"u8, ref fields);
        byte[] check = reader.ReadExactly(ThreadCipher.CheckLength);
        reader.Key("sealed"u8, ref fields);
        byte[] sealing = reader.ReadBytes(Sealed.MaxLength).ToArray();
        reader.EndMap(fields);
        envelope = new Envelope(key, salt, check, sealing);
        error = reader.End() ? null : reader.Error ?? "is no genesis";
        return error is null;
    }

    private static byte[] WriteRecord(Contents contents, byte[] signature)
    {
        var writer = new DagCborWriter(4096);
        writer.Map(contents.FieldCount + 1);
        WriteFields(writer, contents);
        return writer.Key("signature"u8).Bytes(signature).ToArray();
    }

    private static void WriteFields(DagCborWriter writer, Contents contents)
    {
        if (contents.Created is { } created)
            writer.Key("created"u8).Int(created);
        writer.Key("creator"u8).Bytes(contents.Creator.Bytes).Key("parties"u8).Array(contents.Parties.Count);
        foreach (Card party in contents.Parties)
            party.Write(writer);
        if (contents.BranchOf is { } parent)
            writer.Key("branchOf"u8).Link(parent);
    }

    /// <summary>Null when the record is whole and rightly signed, otherwise why not.</summary>
    private static string? ReadRecord(byte[] record, ThreadCipher cipher, bool isPublic, out Contents contents)
    {
        var reader = new DagCborReader(record);
        int fields = reader.ReadMap();
        long? created = reader.OptionalKey("created"u8, ref fields) ? reader.ReadTime() : null;
        reader.Key("creator"u8, ref fields);
        Did creator = Did.Read(ref reader);
        reader.Key("parties"u8, ref fields);
        List<Card> parties = ReadParties(ref reader);
        Cid? branchOf = reader.OptionalKey("branchOf"u8, ref fields) ? reader.ReadObjectLink() : null;
        reader.Key("signature"u8, ref fields);
        byte[] signature = reader.ReadExactly(VerifyingKey.SignatureLength);
        reader.EndMap(fields);
        contents = new Contents(creator, parties, created, branchOf);
        if (!reader.End())
            return reader.Error ?? "is no genesis";
        if (Refusal(contents) is { } refusal)
            return refusal;
        Card card = parties.Find(party => party.Identity == creator)!;
        return card.Certificate.Verifies(Statement(contents, cipher, isPublic), signature) ? null : "was not signed by its creator";
    }

    private static List<Card> ReadParties(ref DagCborReader reader)
    {
        var parties = new List<Card>();
        int count = reader.ReadArray(MaxParties);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            if (Card.Read(ref reader) is { } card)
                parties.Add(card);
        }
        return parties;
    }

    private static string? Refusal(Contents contents)
    {
        IReadOnlyList<Card> parties = contents.Parties;
        if (parties.Count is 0 or > MaxParties)
            return $"has {parties.Count} parties; a thread has 1 to {MaxParties}";
        for (int i = 1; i < parties.Count; i++)
        {
            if (parties[i - 1].Identity.CompareTo(parties[i].Identity) >= 0)
                return "has parties that are repeated or out of order";
        }
        if (parties.Count == 1 && parties[0].Profile is not null)
            return "has one party with more than a certificate";
        return parties.Any(party => party.Identity == contents.Creator) ? null : "has a creator who is no party";
    }

    /// <summary>The label says whether the key stands in clear, so that no other party can publish a thread in the creator's name.</summary>
    private static byte[] Statement(Contents contents, ThreadCipher cipher, bool isPublic) =>
        SignedStatement.Encode(isPublic ? "defms/1 public genesis"u8 : "defms/1 genesis"u8, 3, writer =>
        {
            writer.Bytes(cipher.Salt).Bytes(cipher.Check).Map(contents.FieldCount);
            WriteFields(writer, contents);
        });

    private readonly record struct Envelope(byte[] Key, byte[] Salt, byte[] Check, byte[] Sealed);

    private readonly record struct Contents(Did Creator, IReadOnlyList<Card> Parties, long? Created, Cid? BranchOf)
    {
        public int FieldCount => 2 + (Created is null ? 0 : 1) + (BranchOf is null ? 0 : 1);
    }
}

/// <summary>What a new thread may say besides its parties.</summary>
public readonly record struct GenesisOptions
{
    /// <summary>Unix milliseconds; left out where two machines must make the same genesis.</summary>
    public long? Created { get; init; }

    /// <summary>The thread this one branches from; every party of this one must be a party there.</summary>
    public Cid? BranchOf { get; init; }

    /// <summary>Whether everyone may read.</summary>
    public bool IsPublic { get; init; }
}

/// <summary>A thread or message that cannot be made as asked; the message is for the person.</summary>
public sealed class ThreadException(string message) : Exception(message);
