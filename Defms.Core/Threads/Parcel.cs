using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Sealing;

namespace Defms.Core.Threads;

/// <summary>
/// What passes between a person and a gateway, sealed under a key of its own (docs/formats/parcel.md). Whoever holds one knows that it
/// opened, that the sender's certificate and signature were verified, and that its octets match their digest. Whether the sender is to be
/// believed is asked elsewhere.
/// </summary>
public sealed class Parcel
{
    /// <summary>
    /// The most octets that a parcel carries: with all padding it still travels in one request. The providers of the old world take 25
    /// to 50 MB, encoded.
    /// </summary>
    public const int MaxSize = 40 * 1024 * 1024;

    private Parcel(Block block, ParcelRecord record, ParcelContent content)
    {
        Block = block;
        Sender = record.Sender;
        Recipient = record.Recipient;
        Time = record.Time;
        Content = content;
    }

    public Block Block { get; }

    /// <summary>The name of the parcel: "thread" and "root" of the announcement that brings it.</summary>
    public Cid Cid => Block.Cid;

    public ParcelType Type => Content.Type;

    public Certificate Sender { get; }

    public Did Recipient { get; }

    /// <summary>Unix milliseconds by the sender's clock.</summary>
    public long Time { get; }

    public ParcelContent Content { get; }

    /// <summary>Seals and signs a parcel under a fresh key.</summary>
    /// <exception cref="ThreadException">No reader would take it; the message says why.</exception>
    public static SealedParcel Create(Identity sender, Did recipient, ParcelContent content, long time, RandomSource random)
    {
        ObjectFields.RequireTime(time);
        using var key = ThreadKey.Create(random);
        using ThreadCipher cipher = key.WithSalt(random.Bytes(ThreadKey.SaltLength));
        ParcelRecord record = Describe(sender.Certificate, recipient, content, time, cipher, out List<Block> chunks);
        byte[] signature = sender.Sign(record.Statement(cipher.Salt.ToArray(), cipher.Check.ToArray()));
        byte[] plaintext = record.Write(signature);
        if (Fault(record, plaintext) is { } fault)
            throw new ThreadException($"This parcel cannot be made: it {fault}.");
        var node = new ParcelNode(record.Body, cipher.Salt.ToArray(), cipher.Check.ToArray(), cipher.Seal(ParcelNode.Kind, plaintext));
        return new SealedParcel(new Parcel(node.ToBlock(), record, content), chunks, key.Bytes.ToArray());
    }

    /// <summary>Opens a parcel and verifies everything; <paramref name="error"/> is words that follow "the parcel".</summary>
    /// <param name="chunks">Where the chunks of its mail are.</param>
    public static bool TryOpen(
        Block block, ReadOnlySpan<byte> key, IBlockSource chunks,
        [NotNullWhen(true)] out Parcel? parcel, [NotNullWhen(false)] out string? error)
    {
        parcel = null;
        error = "is not opened by this key";
        if (key.Length != ThreadKey.Length || !ParcelNode.TryRead(block, out ParcelNode? node, out error))
            return false;
        using var parcelKey = new ThreadKey(key);
        using ThreadCipher cipher = parcelKey.WithSalt(node.Salt);
        if (!cipher.Matches(node.Check))
            error = "is not opened by this key";
        else if (!cipher.TryOpen(ParcelNode.Kind, node.Sealed, out byte[] plaintext))
            error = "was altered or sealed in another way";
        else if (!ParcelRecord.TryRead(plaintext, node.Body, out ParcelRecord? record, out byte[] signature, out error))
            return false;
        else if (!record.Sender.Verifies(record.Statement(node.Salt, node.Check), signature))
            error = "was not signed by its sender";
        else if (ContentOf(record, cipher, chunks, out error) is { } content)
            parcel = new Parcel(block, record, content);
        return parcel is not null;
    }

    /// <summary>Why no reader would take it. An origin was verified when it was issued or read; deliveries come by thousands.</summary>
    private static string? Fault(ParcelRecord record, byte[] plaintext)
    {
        if (record.Mails is { } mails)
            return mails.Select(mail => mail.Fault()).FirstOrDefault(fault => fault is not null) ?? record.Refusal();
        if (record.Origin is not { } origin)
            return ParcelRecord.TryRead(plaintext, record.Body, out _, out _, out string? error) ? null : error;
        if (!origin.IsOf(record.Hash))
            return "has an origin of other octets";
        return record.Flags is null || ParcelWords.AreFlags(record.Flags) ? record.Refusal() : "has flags that are none";
    }

    private static ParcelRecord Describe(
        Certificate sender, Did recipient, ParcelContent content, long time, ThreadCipher cipher, out List<Block> chunks)
    {
        var record = new ParcelRecord { Type = content.Type, Sender = sender, Recipient = recipient, Time = time };
        chunks = [];
        return content switch
        {
            DeliveredMail mail => WithOctets(
                record with { Origin = mail.Origin, Flags = mail.Flags.Length > 0 ? mail.Flags : null }, mail.Octets, cipher, out chunks),
            DeliveredMails several => record with { Mails = [.. several.Mails.Select(ParcelMail.Of)] },
            Submission mail => WithOctets(
                record with { From = mail.From, To = mail.To, Card = mail.Card, Dsn = mail.Dsn }, mail.Octets, cipher, out chunks),
            SubmissionReport report => record with { Submission = report.Submission, Recipients = [.. report.Recipients.Select(Fitting)] },
            _ => throw new InvalidOperationException("There are four kinds of parcel."),
        };
    }

    private static RecipientFate Fitting(RecipientFate fate) => fate with { Reply = ParcelWords.Reply(fate.Reply) };

    private static ParcelRecord WithOctets(ParcelRecord record, ReadOnlyMemory<byte> octets, ThreadCipher cipher, out List<Block> chunks)
    {
        if (octets.Length > MaxSize)
            throw new ThreadException($"The mail has {octets.Length} bytes; a gateway takes and brings at most {MaxSize}.");
        bool isInline = octets.Length <= MessageRecord.MaxInline;
        IReadOnlyList<int> lengths = isInline ? [] : Cutting.Lengths(octets);
        chunks = SealedOctets.Seal(cipher, octets.Span, lengths);
        return record with
        {
            Hash = SHA256.HashData(octets.Span),
            Size = octets.Length,
            Octets = isInline ? octets.ToArray() : null,
            Chunks = lengths,
            Body = [.. chunks.Select(chunk => chunk.Cid)],
        };
    }

    private static ParcelContent? ContentOf(ParcelRecord record, ThreadCipher cipher, IBlockSource chunks, out string? error)
    {
        error = null;
        if (record.Type == ParcelType.Report)
            return new SubmissionReport(record.Submission!.Value, record.Recipients!);
        if (record.Mails is { } mails)
            return new DeliveredMails([.. mails.Select(mail => mail.ToDelivered())]);
        OctetsResult octets = record.SealedOctets.Read(cipher, chunks);
        if (octets.Octets is null)
        {
            error = octets.IsDamaged ? "has chunks that are not what its sender sealed" : $"came without {octets.Missing.Count} of its chunks";
            return null;
        }
        return record.Type == ParcelType.Delivery
            ? new DeliveredMail(octets.Octets, record.Origin!) { Flags = record.Flags ?? "" }
            : new Submission(octets.Octets, record.From!, record.To!) { Card = record.Card, Dsn = record.Dsn };
    }
}

/// <summary>A new parcel, the chunks of its mail, and its key: 32 bytes that go into the announcement's box and nowhere else.</summary>
public sealed record SealedParcel(Parcel Parcel, IReadOnlyList<Block> Chunks, byte[] Key)
{
    public Cid Cid => Parcel.Cid;

    public IEnumerable<Block> Blocks => Chunks.Prepend(Parcel.Block);
}
