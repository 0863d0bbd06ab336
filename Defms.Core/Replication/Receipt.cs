using System.Diagnostics.CodeAnalysis;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Sealing;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>What became of an announcement where it was taken in.</summary>
public enum Verdict
{
    /// <summary>In the recipient's own store, on disk.</summary>
    Stored,

    /// <summary>With a host of the recipient, on disk.</summary>
    Held,

    /// <summary>With the recipient, unopened until he accepts the sender.</summary>
    Quarantined,

    /// <summary>Not taken; the reason says why.</summary>
    Refused,
}

/// <summary>
/// The signed answer to an announcement (docs/formats/receipt.md). Whoever holds one knows that certificate and signature were
/// verified; whether it counts is asked with <see cref="Counts"/>.
/// </summary>
public sealed class Receipt
{
    /// <summary>What one receipt can ask for; the rest is asked for in the next.</summary>
    public const int MaxMissing = 1024;

    /// <summary>In bytes of UTF-8: a sentence.</summary>
    public const int MaxReasonLength = 200;

    private const int MaxCardBoxLength = Identities.Card.MaxLength + SealingKeyPair.Overhead;

    private readonly Fields fields;

    private Receipt(Block block, Fields fields)
    {
        Block = block;
        this.fields = fields;
    }

    public Block Block { get; }

    /// <summary>The id of the announcement this answers.</summary>
    public ReadOnlySpan<byte> Announcement => fields.Announcement;

    /// <summary>Who sent the announcement.</summary>
    public Did Sender => fields.Sender;

    /// <summary>Whom the announcement was for.</summary>
    public Did Recipient => fields.Recipient;

    public Verdict Verdict => fields.Verdict;

    /// <summary>Why it was refused, one line for the sender to read; null for every other verdict.</summary>
    public string? Reason => fields.Reason;

    /// <summary>Blocks of the thread that the signer still lacks.</summary>
    public IReadOnlyList<Cid> Missing => fields.Missing;

    /// <summary>With <see cref="Verdict.Stored"/>: the signer's state of the thread, of which he has all but <see cref="Missing"/>; null where he did not say.</summary>
    public Cid? Root => fields.Root;

    /// <summary>Unix milliseconds by the signer's clock.</summary>
    public long Time => fields.Time;

    /// <summary>Who signed: the recipient, or a host of his.</summary>
    public Certificate Signer => fields.Signer;

    /// <summary>Signs a receipt for an announcement.</summary>
    /// <param name="reason">With <see cref="Verdict.Refused"/> and only there: one line of at most <see cref="MaxReasonLength"/> bytes.</param>
    /// <param name="missing">What to send next, most wanted first; what is beyond <see cref="MaxMissing"/> is left out.</param>
    /// <param name="card">The recipient's current card, where the announcement named an old epoch of his; sealed to the sender.</param>
    /// <param name="root">With <see cref="Verdict.Stored"/>: the signer's state of the thread.</param>
    /// <exception cref="ArgumentException">The reason or the root is missing, out of place or no such line, or the time is before 1970 or after 9999.</exception>
    public static Receipt Issue(
        Identity signer, Announcement announcement, Verdict verdict, string? reason, IEnumerable<Cid> missing, long time, Card? card = null,
        Cid? root = null)
    {
        if (root is not null && verdict != Verdict.Stored)
            throw new ArgumentException("A root stands with what is stored and only there.", nameof(root));
        if (string.IsNullOrEmpty(reason) == (verdict == Verdict.Refused))
            throw new ArgumentException("A reason stands with a refusal and only there.", nameof(reason));
        ObjectFields.RequireLine(reason ?? "", MaxReasonLength);
        ObjectFields.RequireTime(time);
        byte[]? box = card is null ? null : SealingKeyPair.Seal(announcement.Sender.Sealing, card.Encoded.Span);
        var fields = new Fields(
            announcement.Id.ToArray(), announcement.Sender.Identity, announcement.Recipient, verdict,
            verdict == Verdict.Refused ? reason : null, [.. missing.Take(MaxMissing)], time, signer.Certificate, box, root);
        var writer = new DagCborWriter(1024);
        Write(writer.Map(fields.Count + 1), fields, signer.Sign(Statement(fields)));
        return new Receipt(Block.Create(Cid.DagCbor, writer.ToArray()), fields);
    }

    /// <summary>A reason as a receipt can carry it: one line, cut where it is too long.</summary>
    internal static string Fitting(string reason)
    {
        string line = string.Concat(reason.Select(letter => char.IsControl(letter) ? ' ' : letter));
        // The longest characters take three bytes of UTF-8 for one of UTF-16.
        return System.Text.Encoding.UTF8.GetByteCount(line) <= MaxReasonLength ? line : line[..Math.Min(line.Length, MaxReasonLength / 3)];
    }

    /// <summary>Reads and verifies a receipt; <paramref name="error"/> is words that follow "the receipt".</summary>
    public static bool TryRead(Block block, [NotNullWhen(true)] out Receipt? receipt, [NotNullWhen(false)] out string? error)
    {
        receipt = null;
        var reader = new DagCborReader(block.Cid.Codec == Cid.DagCbor ? block.Span : default);
        Fields? found = ReadFields(ref reader, out byte[] signature);
        if (!reader.End() || found is null)
            error = reader.Error ?? "is none";
        else if (!found.Signer.Verifies(Statement(found), signature))
            error = "was not signed by its signer";
        else
        {
            receipt = new Receipt(block, found);
            error = null;
        }
        return receipt is not null;
    }

    /// <summary>
    /// Whether this receipt counts for an announcement from <paramref name="sender"/> to <paramref name="recipient"/>: from the
    /// recipient himself always; from the identity named with the endpoint that answered, for all but "stored" and "quarantined",
    /// which only the recipient can know.
    /// </summary>
    /// <param name="answering">The identity named with the endpoint it came from, or null when it came by another way.</param>
    public bool Counts(Did sender, Did recipient, Did? answering) =>
        Sender == sender && Recipient == recipient
        && (Signer.Identity == recipient || (Signer.Identity == answering && Verdict is Verdict.Held or Verdict.Refused));

    /// <summary>The recipient's newer card, when there is one inside.</summary>
    public bool TryOpenCard(Identity sender, [NotNullWhen(true)] out Card? card)
    {
        card = null;
        return fields.CardBox is { } box && TryOpenBox(sender, box, out card) && card.Identity == Recipient;
    }

    private static bool TryOpenBox(Identity sender, byte[] box, [NotNullWhen(true)] out Card? card)
    {
        card = null;
        foreach (int epoch in sender.KnownEpochs.Reverse())
        {
            if (sender.TryOpenBox(epoch, box, out byte[] opened) && Card.TryDecode(opened, out card, out _))
                return true;
        }
        return false;
    }

    private static void Write(DagCborWriter writer, Fields fields, byte[]? signature)
    {
        writer.Key("v"u8).Int(1);
        if (fields.CardBox is not null)
            writer.Key("card"u8).Bytes(fields.CardBox);
        writer.Key("kind"u8).Text("defms/receipt"u8);
        if (fields.Root is { } root)
            writer.Key("root"u8).Link(root);
        writer.Key("time"u8).Int(fields.Time);
        if (fields.Reason is not null)
            writer.Key("reason"u8).Text(fields.Reason);
        writer.Key("sender"u8).Bytes(fields.Sender.Bytes);
        if (fields.Missing.Count > 0)
            WriteMissing(writer, fields.Missing);
        writer.Key("verdict"u8).Text(Word(fields.Verdict)).Key("recipient"u8).Bytes(fields.Recipient.Bytes);
        if (signature is not null)
            writer.Key("signature"u8).Bytes(signature);
        writer.Key("certificate"u8);
        fields.Signer.Write(writer);
        writer.Key("announcement"u8).Bytes(fields.Announcement);
    }

    private static void WriteMissing(DagCborWriter writer, IReadOnlyList<Cid> missing)
    {
        writer.Key("missing"u8).Array(missing.Count);
        foreach (Cid cid in missing)
            writer.Link(cid);
    }

    private static Fields? ReadFields(ref DagCborReader reader, out byte[] signature)
    {
        int fields = reader.ReadMap();
        reader.Key("v"u8, ref fields);
        reader.Expect(1);
        byte[]? box = reader.OptionalKey("card"u8, ref fields) ? reader.ReadBytes(MaxCardBoxLength).ToArray() : null;
        reader.Key("kind"u8, ref fields);
        reader.Expect("defms/receipt"u8);
        Cid? root = reader.OptionalKey("root"u8, ref fields) ? reader.ReadObjectLink() : null;
        reader.Key("time"u8, ref fields);
        long time = reader.ReadTime();
        string? reason = reader.OptionalKey("reason"u8, ref fields) ? reader.ReadLine(MaxReasonLength) : null;
        reader.Key("sender"u8, ref fields);
        Did sender = Did.Read(ref reader);
        IReadOnlyList<Cid> missing = reader.OptionalKey("missing"u8, ref fields) ? ReadMissing(ref reader) : [];
        reader.Key("verdict"u8, ref fields);
        Verdict verdict = ReadVerdict(ref reader);
        reader.Key("recipient"u8, ref fields);
        Did recipient = Did.Read(ref reader);
        reader.Key("signature"u8, ref fields);
        signature = reader.ReadExactly(VerifyingKey.SignatureLength);
        reader.Key("certificate"u8, ref fields);
        Certificate? signer = Certificate.Read(ref reader);
        reader.Key("announcement"u8, ref fields);
        byte[] announcement = reader.ReadExactly(Replication.Announcement.IdLength);
        reader.EndMap(fields);
        if (string.IsNullOrEmpty(reason) == (verdict == Verdict.Refused) || reason is "")
            reader.Fail("has a reason without a refusal, or a refusal without one");
        if (root is not null && verdict != Verdict.Stored)
            reader.Fail("has a root of what is not stored");
        return signer is null ? null : new Fields(announcement, sender, recipient, verdict, reason, missing, time, signer, box, root);
    }

    private static List<Cid> ReadMissing(ref DagCborReader reader)
    {
        var missing = new List<Cid>();
        int count = reader.ReadArray(MaxMissing);
        for (int i = 0; i < count && !reader.Failed; i++)
            missing.Add(reader.ReadCid());
        if (count == 0)
            reader.Fail("has an empty list");
        return missing;
    }

    private static Verdict ReadVerdict(ref DagCborReader reader)
    {
        string word = reader.ReadText(limit: 16);
        foreach (Verdict verdict in Enum.GetValues<Verdict>())
        {
            if (Word(verdict) == word)
                return verdict;
        }
        reader.Fail("has a verdict it does not know");
        return Verdict.Refused;
    }

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Stored => "stored",
        Verdict.Held => "held",
        Verdict.Quarantined => "quarantined",
        _ => "refused",
    };

    private static byte[] Statement(Fields fields) =>
        SignedStatement.Encode("defms/1 receipt"u8, 1, writer => Write(writer.Map(fields.Count), fields, signature: null));

    private sealed record Fields(
        byte[] Announcement, Did Sender, Did Recipient, Verdict Verdict, string? Reason, IReadOnlyList<Cid> Missing, long Time,
        Certificate Signer, byte[]? CardBox, Cid? Root)
    {
        public int Count => 8 + (CardBox is null ? 0 : 1) + (Root is null ? 0 : 1) + (Reason is null ? 0 : 1) + (Missing.Count > 0 ? 1 : 0);
    }
}
