using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Sealing;

namespace Defms.Core.Threads;

/// <summary>
/// The map that is sealed in a parcel (docs/formats/parcel.md): the fields of all types in their one canonical order. Which of them
/// a type has is decided by <see cref="Refusal"/>.
/// </summary>
internal sealed record ParcelRecord
{
    public required ParcelType Type { get; init; }

    public required Certificate Sender { get; init; }

    public required Did Recipient { get; init; }

    public required long Time { get; init; }

    public IReadOnlyList<string>? To { get; init; }

    public DsnOptions? Dsn { get; init; }

    public Card? Card { get; init; }

    public string? From { get; init; }

    public byte[]? Hash { get; init; }

    public long? Size { get; init; }

    public string? Flags { get; init; }

    public IReadOnlyList<ParcelMail>? Mails { get; init; }

    public IReadOnlyList<int> Chunks { get; init; } = [];

    public byte[]? Octets { get; init; }

    public Origin? Origin { get; init; }

    public IReadOnlyList<RecipientFate>? Recipients { get; init; }

    public Cid? Submission { get; init; }

    /// <summary>Where the CIDs of the chunks stand in clear, one for each length.</summary>
    public IReadOnlyList<Cid> Body { get; init; } = [];

    public SealedOctets SealedOctets => new(Size ?? 0, Hash ?? [], Octets, Chunks, Body);

    private int FieldCount => 4 + new object?[] { To, Dsn, Card, From, Hash, Size, Flags, Mails, Octets, Origin, Recipients, Submission }.Count(part => part is not null)
        + (Chunks.Count > 0 ? 1 : 0);

    public byte[] Write(byte[] signature)
    {
        var writer = new DagCborWriter((Octets?.Length ?? 0) + (Mails?.Sum(mail => mail.Octets.Length + 1024) ?? 0) + 2048 + Chunks.Count * 5);
        WriteFields(writer.Map(FieldCount + 1), signature);
        return writer.ToArray();
    }

    /// <summary>What the sender signs: [label, salt, check, record without signature, body].</summary>
    public byte[] Statement(byte[] salt, byte[] check) => SignedStatement.Encode("defms/1 parcel"u8, 4, writer =>
    {
        writer.Bytes(salt).Bytes(check);
        WriteFields(writer.Map(FieldCount), signature: null);
        writer.Array(Body.Count);
        foreach (Cid chunk in Body)
            writer.Link(chunk);
    });

    /// <summary>Reads a record and checks all that it says of itself; the signature is the caller's to check.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> bytes, IReadOnlyList<Cid> body,
        [NotNullWhen(true)] out ParcelRecord? record, out byte[] signature, [NotNullWhen(false)] out string? error)
    {
        var reader = new DagCborReader(bytes);
        record = ReadFields(ref reader, body, out signature);
        error = reader.End() && record is not null ? record.Refusal() : reader.Error ?? "is none";
        record = error is null ? record : null;
        return error is null;
    }

    /// <summary>Null when it has exactly the fields of its type and they agree.</summary>
    public string? Refusal()
    {
        bool hasOctets = Hash is not null && Size is not null && (Octets is not null || Chunks.Count > 0);
        bool hasNoOctets = Hash is null && Size is null && Octets is null && Chunks.Count + Body.Count == 0;
        bool isSubmission = From is not null && To is not null, hasSubmitted = isSubmission || Dsn is not null || Card is not null || To is not null || From is not null;
        bool hasDelivered = Origin is not null || Flags is not null, hasReported = Submission is not null || Recipients is not null;
        bool isOfType = Type switch
        {
            ParcelType.Delivery => hasOctets && Origin is not null && !hasSubmitted && !hasReported && Mails is null,
            ParcelType.Submission => hasOctets && isSubmission && !hasDelivered && !hasReported && Mails is null,
            ParcelType.Deliveries => hasNoOctets && Mails is not null && !hasDelivered && !hasReported && !hasSubmitted,
            _ => hasNoOctets && Submission is not null && Recipients is not null && !hasDelivered && !hasSubmitted && Mails is null,
        };
        if (!isOfType)
            return "does not have the fields of its type";
        if (Card is not null && !Card.Certificate.Equals(Sender))
            return "has a card that is not of its sender's keys";
        return hasNoOctets ? null : Size > Parcel.MaxSize ? $"has more than {Parcel.MaxSize} octets" : SealedOctets.Refusal();
    }

    private void WriteFields(DagCborWriter writer, byte[]? signature)
    {
        WriteEnvelope(writer);
        if (Hash is not null)
            writer.Key("hash"u8).Bytes(Hash).Key("size"u8).Int(Size!.Value);
        writer.Key("time"u8).Int(Time).Key("type"u8).Text(ParcelWords.Of(Type));
        if (Flags is not null)
            writer.Key("flags"u8).Text(Flags);
        if (Mails is not null)
            ParcelMail.WriteAll(writer.Key("mails"u8), Mails);
        if (Chunks.Count > 0)
            SealedOctets.WriteLengths(writer.Key("chunks"u8), Chunks);
        if (Octets is not null)
            writer.Key("octets"u8).Bytes(Octets);
        Origin?.Write(writer.Key("origin"u8));
        Sender.Write(writer.Key("sender"u8));
        writer.Key("recipient"u8).Bytes(Recipient.Bytes);
        if (signature is not null)
            writer.Key("signature"u8).Bytes(signature);
        if (Recipients is not null)
            ParcelWords.WriteFates(writer.Key("recipients"u8), Recipients);
        if (Submission is { } submission)
            writer.Key("submission"u8).Link(submission);
    }

    private void WriteEnvelope(DagCborWriter writer)
    {
        if (To is not null)
            ParcelWords.WriteTexts(writer.Key("to"u8), To);
        if (Dsn is not null)
            ParcelWords.WriteDsn(writer.Key("dsn"u8), Dsn);
        Card?.Write(writer.Key("card"u8));
        if (From is not null)
            writer.Key("from"u8).Text(From);
    }

    private static ParcelRecord? ReadFields(ref DagCborReader reader, IReadOnlyList<Cid> body, out byte[] signature)
    {
        int fields = reader.ReadMap();
        IReadOnlyList<string>? to = reader.OptionalKey("to"u8, ref fields) ? ParcelWords.ReadRecipients(ref reader) : null;
        DsnOptions? dsn = reader.OptionalKey("dsn"u8, ref fields) ? ParcelWords.ReadDsn(ref reader) : null;
        Card? card = reader.OptionalKey("card"u8, ref fields) ? Card.Read(ref reader) : null;
        string? from = reader.OptionalKey("from"u8, ref fields) ? ParcelWords.ReadAddress(ref reader) : null;
        byte[]? hash = reader.OptionalKey("hash"u8, ref fields) ? reader.ReadExactly(SHA256.HashSizeInBytes) : null;
        long? size = reader.OptionalKey("size"u8, ref fields) ? reader.ReadInt64() : null;
        reader.Key("time"u8, ref fields);
        long time = reader.ReadTime();
        reader.Key("type"u8, ref fields);
        ParcelType type = ParcelWords.ReadType(ref reader);
        string? flags = reader.OptionalKey("flags"u8, ref fields) ? ParcelWords.ReadFlags(ref reader) : null;
        IReadOnlyList<ParcelMail>? mails = reader.OptionalKey("mails"u8, ref fields) ? ParcelMail.ReadAll(ref reader) : null;
        IReadOnlyList<int> chunks = reader.OptionalKey("chunks"u8, ref fields) ? SealedOctets.ReadLengths(ref reader) : [];
        byte[]? octets = reader.OptionalKey("octets"u8, ref fields) ? reader.ReadBytes(MessageRecord.MaxInline).ToArray() : null;
        Origin? origin = reader.OptionalKey("origin"u8, ref fields) ? Origin.Read(ref reader, hash ?? []) : null;
        reader.Key("sender"u8, ref fields);
        Certificate? sender = Certificate.Read(ref reader);
        reader.Key("recipient"u8, ref fields);
        Did recipient = Did.Read(ref reader);
        reader.Key("signature"u8, ref fields);
        signature = reader.ReadExactly(VerifyingKey.SignatureLength);
        IReadOnlyList<RecipientFate>? fates = reader.OptionalKey("recipients"u8, ref fields) ? ParcelWords.ReadFates(ref reader) : null;
        Cid? submission = reader.OptionalKey("submission"u8, ref fields) ? reader.ReadObjectLink() : null;
        reader.EndMap(fields);
        return reader.Failed || sender is null ? null : new ParcelRecord
        {
            Type = type,
            Sender = sender,
            Recipient = recipient,
            Time = time,
            To = to,
            Dsn = dsn,
            Card = card,
            From = from,
            Hash = hash,
            Size = size,
            Flags = flags,
            Mails = mails,
            Chunks = chunks,
            Octets = octets,
            Origin = origin,
            Recipients = fates,
            Submission = submission,
            Body = body,
        };
    }
}
