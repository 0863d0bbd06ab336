using System.Security.Cryptography;
using Defms.Core.Codecs;

namespace Defms.Core.Threads;

/// <summary>One of several mails in a parcel (docs/formats/parcel.md).</summary>
internal sealed record ParcelMail(byte[] Hash, ReadOnlyMemory<byte> Octets, Origin Origin, string? Flags)
{
    public static ParcelMail Of(DeliveredMail mail) =>
        new(SHA256.HashData(mail.Octets.Span), mail.Octets, mail.Origin, mail.Flags.Length > 0 ? mail.Flags : null);

    /// <summary>Why no reader would take what is about to be written; null where one would.</summary>
    public string? Fault() => !Origin.IsOf(Hash) ? "has an origin of other octets"
        : Octets.Length > DeliveredMails.MaxMailSize ? "has a mail that is too large to travel with others"
        : Flags is not null && !ParcelWords.AreFlags(Flags) ? "has flags that are none"
        : null;

    public DeliveredMail ToDelivered() => new(Octets, Origin) { Flags = Flags ?? "" };

    public static void WriteAll(DagCborWriter writer, IReadOnlyList<ParcelMail> mails)
    {
        writer.Array(mails.Count);
        foreach (ParcelMail mail in mails)
            mail.Write(writer);
    }

    /// <summary>Reads two or more; a wrong digest or origin fails the reader.</summary>
    public static List<ParcelMail> ReadAll(ref DagCborReader reader)
    {
        var mails = new List<ParcelMail>();
        int count = reader.ReadArray(DeliveredMails.MaxMails);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            if (Read(ref reader) is { } mail)
                mails.Add(mail);
        }
        if (mails.Count < 2)
            reader.Fail("has fewer than two mails");
        return mails;
    }

    private void Write(DagCborWriter writer)
    {
        writer.Map(Flags is null ? 3 : 4).Key("hash"u8).Bytes(Hash);
        if (Flags is not null)
            writer.Key("flags"u8).Text(Flags);
        writer.Key("octets"u8).Bytes(Octets.Span);
        Origin.Write(writer.Key("origin"u8));
    }

    private static ParcelMail? Read(ref DagCborReader reader)
    {
        int fields = reader.ReadMap();
        reader.Key("hash"u8, ref fields);
        byte[] hash = reader.ReadExactly(SHA256.HashSizeInBytes);
        string? flags = reader.OptionalKey("flags"u8, ref fields) ? ParcelWords.ReadFlags(ref reader) : null;
        reader.Key("octets"u8, ref fields);
        byte[] octets = reader.ReadBytes(DeliveredMails.MaxMailSize).ToArray();
        reader.Key("origin"u8, ref fields);
        Origin? origin = Origin.Read(ref reader, hash);
        reader.EndMap(fields);
        if (!reader.Failed && !SHA256.HashData(octets).AsSpan().SequenceEqual(hash))
            reader.Fail("has octets that do not match their digest");
        return reader.Failed || origin is null ? null : new ParcelMail(hash, octets, origin, flags);
    }
}
