using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Sealing;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>
/// The signed word that a thread has a new state, with the thread's key sealed to one recipient (docs/formats/announcement.md).
/// Whoever holds one knows that the certificate and the signature were verified.
/// </summary>
public sealed class Announcement
{
    public const int IdLength = 16;

    /// <summary>Two keys, a card of at most 2 KiB and their frames.</summary>
    private const int MaxBoxLength = 4096;

    private readonly byte[] id;
    private readonly byte[] box;

    private Announcement(Block block, Fields fields)
    {
        Block = block;
        id = fields.Id;
        box = fields.Box;
        Thread = fields.Thread;
        Root = fields.Root;
        Recipient = fields.Recipient;
        RecipientEpoch = fields.Epoch;
        Sender = fields.Sender;
        Time = fields.Time;
    }

    public Block Block { get; }

    /// <summary>16 random bytes.</summary>
    public ReadOnlySpan<byte> Id => id;

    public Cid Thread { get; }

    /// <summary>The sender's state of the thread: a hint.</summary>
    public Cid Root { get; }

    /// <summary>Whether it brings a parcel, which is no thread and names itself as both.</summary>
    public bool IsParcel => Thread == Root;

    public Did Recipient { get; }

    /// <summary>The epoch of the recipient that the key was sealed to.</summary>
    public int RecipientEpoch { get; }

    public Certificate Sender { get; }

    /// <summary>Unix milliseconds by the sender's clock; decides nothing.</summary>
    public long Time { get; }

    /// <summary>Makes and signs an announcement.</summary>
    /// <param name="recipient">Whose current sealing key the thread key is sealed to.</param>
    /// <param name="senderCard">The sender's own current card, which travels inside the box.</param>
    /// <exception cref="ArgumentException">
    /// The card is not of the sender's current keys, the key has not 32 bytes, or the time is before 1970 or after 9999.
    /// </exception>
    public static Announcement Issue(
        Identity sender, Card senderCard, Certificate recipient, Cid thread, Cid root, ReadOnlySpan<byte> threadKey, long time,
        RandomSource random) => Issue(sender, senderCard, recipient, thread, root, threadKey, time, random.Bytes(IdLength));

    /// <inheritdoc cref="Issue(Identity, Card, Certificate, Cid, Cid, ReadOnlySpan{byte}, long, RandomSource)"/>
    /// <param name="id">16 bytes that no other announcement has.</param>
    internal static Announcement Issue(
        Identity sender, Card senderCard, Certificate recipient, Cid thread, Cid root, ReadOnlySpan<byte> threadKey, long time, byte[] id)
    {
        if (!senderCard.Certificate.Equals(sender.Certificate))
            throw new ArgumentException("The card is not of the sender's current keys.", nameof(senderCard));
        Expect.Length(threadKey, ThreadKey.Length);
        ObjectFields.RequireTime(time);
        byte[] opening = new DagCborWriter(Card.MaxLength + 64).Map(2)
            .Key("key"u8).Bytes(threadKey)
            .Key("card"u8).Raw(senderCard.Encoded.Span)
            .ToArray();
        byte[] box = SealingKeyPair.Seal(recipient.Sealing, opening);
        CryptographicOperations.ZeroMemory(opening);
        var fields = new Fields(id, thread, root, recipient.Identity, recipient.Epoch, sender.Certificate, time, box);
        var writer = new DagCborWriter(box.Length + 512);
        Write(writer.Map(11), fields, sender.Sign(Statement(fields)));
        return new Announcement(Block.Create(Cid.DagCbor, writer.ToArray()), fields);
    }

    /// <summary>Reads and verifies an announcement; <paramref name="error"/> is words that follow "the announcement".</summary>
    public static bool TryRead(Block block, [NotNullWhen(true)] out Announcement? announcement, [NotNullWhen(false)] out string? error)
    {
        announcement = null;
        var reader = new DagCborReader(block.Cid.Codec == Cid.DagCbor ? block.Span : default);
        Fields? fields = ReadFields(ref reader, out byte[] signature);
        if (!reader.End() || fields is not { } read)
            error = reader.Error ?? "is none";
        else if (!read.Sender.Verifies(Statement(read), signature))
            error = "was not signed by its sender";
        else
        {
            announcement = new Announcement(block, read);
            error = null;
        }
        return announcement is not null;
    }

    /// <summary>Opens the box: the thread's key and the sender's card.</summary>
    public bool TryOpen(Identity recipient, out byte[] threadKey, [NotNullWhen(true)] out Card? senderCard)
    {
        threadKey = [];
        senderCard = null;
        if (recipient.Did != Recipient || !recipient.TryOpenBox(RecipientEpoch, box, out byte[] opening))
            return false;
        var reader = new DagCborReader(opening);
        int fields = reader.ReadMap();
        reader.Key("key"u8, ref fields);
        byte[] key = reader.ReadExactly(ThreadKey.Length);
        reader.Key("card"u8, ref fields);
        Card? card = Card.Read(ref reader);
        reader.EndMap(fields);
        CryptographicOperations.ZeroMemory(opening);
        if (!reader.End() || card is null || !card.Certificate.Equals(Sender))
            return false;
        threadKey = key;
        senderCard = card;
        return true;
    }

    private static void Write(DagCborWriter writer, Fields fields, byte[]? signature)
    {
        writer.Key("v"u8).Int(1)
            .Key("id"u8).Bytes(fields.Id)
            .Key("kind"u8).Text("defms/announcement"u8)
            .Key("root"u8).Link(fields.Root)
            .Key("time"u8).Int(fields.Time)
            .Key("epoch"u8).Int(fields.Epoch)
            .Key("sealed"u8).Bytes(fields.Box)
            .Key("thread"u8).Link(fields.Thread)
            .Key("recipient"u8).Bytes(fields.Recipient.Bytes);
        if (signature is not null)
            writer.Key("signature"u8).Bytes(signature);
        writer.Key("certificate"u8);
        fields.Sender.Write(writer);
    }

    private static Fields? ReadFields(ref DagCborReader reader, out byte[] signature)
    {
        int fields = reader.ReadMap();
        reader.Key("v"u8, ref fields);
        reader.Expect(1);
        reader.Key("id"u8, ref fields);
        byte[] id = reader.ReadExactly(IdLength);
        reader.Key("kind"u8, ref fields);
        reader.Expect("defms/announcement"u8);
        reader.Key("root"u8, ref fields);
        Cid root = reader.ReadObjectLink();
        reader.Key("time"u8, ref fields);
        long time = reader.ReadTime();
        reader.Key("epoch"u8, ref fields);
        int epoch = reader.ReadInt32(Certificate.MaxEpoch);
        reader.Key("sealed"u8, ref fields);
        byte[] box = reader.ReadBytes(MaxBoxLength).ToArray();
        reader.Key("thread"u8, ref fields);
        Cid thread = reader.ReadObjectLink();
        reader.Key("recipient"u8, ref fields);
        Did recipient = Did.Read(ref reader);
        reader.Key("signature"u8, ref fields);
        signature = reader.ReadExactly(VerifyingKey.SignatureLength);
        reader.Key("certificate"u8, ref fields);
        Certificate? sender = Certificate.Read(ref reader);
        reader.EndMap(fields);
        return sender is null ? null : new Fields(id, thread, root, recipient, epoch, sender, time, box);
    }

    private static byte[] Statement(Fields fields) =>
        SignedStatement.Encode("defms/1 announcement"u8, 1, writer => Write(writer.Map(10), fields, signature: null));

    private readonly record struct Fields(byte[] Id, Cid Thread, Cid Root, Did Recipient, int Epoch, Certificate Sender, long Time, byte[] Box);
}
