using System.Security.Cryptography;
using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Sealing;

namespace Defms.Core.Threads;

/// <summary>
/// What a gateway saw when it took a message over from the old mail world, signed by it (docs/formats/message.md). Kept beside the
/// octets, never inside. Whoever holds one knows that the gateway signed it; whether the gateway is to be believed is the owner's choice
/// and not decided here.
/// </summary>
public sealed class Origin
{
    public const int MaxRecipients = 1000;

    private const int MaxAddressLength = 512;
    private const int MaxHostLength = 255;
    private const int MaxVerdictLength = 16;

    private readonly byte[] octetHash;
    private byte[] signature = [];

    private Origin(byte[] octetHash) => this.octetHash = octetHash;

    /// <summary>MAIL FROM; empty for the null sender.</summary>
    public required string From { get; init; }

    /// <summary>RCPT TO, the recipients this delivery is for.</summary>
    public required IReadOnlyList<string> To { get; init; }

    /// <summary>The remote host as the gateway saw it: name or address.</summary>
    public required string Host { get; init; }

    /// <summary>Unix milliseconds of acceptance.</summary>
    public required long Time { get; init; }

    /// <summary>Result words of RFC 8601 ("pass", "fail", "none" …).</summary>
    public required string Spf { get; init; }

    public required string Dkim { get; init; }

    public required string Dmarc { get; init; }

    /// <summary>
    /// Whether a DKIM signature that passed, was aligned with From and had no <c>l=</c>, names Defms-Card in its <c>h=</c>: then the sender's
    /// domain vouches for the card in the mail (docs/formats/message.md, "Origin").
    /// </summary>
    public bool CoversCard { get; init; }

    /// <summary>Whether the gateway found it among what the owner himself had sent from his account.</summary>
    public bool IsSent { get; init; }

    public required Certificate Gateway { get; init; }

    private int FieldCount => 7 + (CoversCard ? 1 : 0) + (IsSent ? 1 : 0);

    /// <summary>A gateway's signed word about the octets with this SHA-256.</summary>
    /// <exception cref="ArgumentException">A value is longer than its limit or not of its form.</exception>
    public static Origin Issue(
        Identity gateway, ReadOnlySpan<byte> octetHash, string from, IReadOnlyList<string> to, string host, long time,
        string spf, string dkim, string dmarc, bool coversCard = false, bool isSent = false)
    {
        Expect.Length(octetHash, SHA256.HashSizeInBytes);
        if (to.Count > MaxRecipients)
            throw new ArgumentException($"An origin names at most {MaxRecipients} recipients.", nameof(to));
        var origin = new Origin(octetHash.ToArray())
        {
            From = from,
            To = to,
            Host = host,
            Time = time,
            Spf = spf,
            Dkim = dkim,
            Dmarc = dmarc,
            CoversCard = coversCard,
            IsSent = isSent,
            Gateway = gateway.Certificate,
        };
        origin.Require();
        origin.signature = gateway.Sign(origin.Statement());
        return origin;
    }

    /// <summary>Whether it speaks of the octets with this SHA-256.</summary>
    internal bool IsOf(ReadOnlySpan<byte> hash) => hash.SequenceEqual(octetHash);

    internal void Write(DagCborWriter writer)
    {
        writer.Map(FieldCount + 2);
        WriteFields(writer);
        writer.Key("signature"u8).Bytes(signature).Key("certificate"u8);
        Gateway.Write(writer);
    }

    /// <summary>Reads an origin that speaks of the octets with <paramref name="octetHash"/>; a wrong signature fails the reader.</summary>
    internal static Origin? Read(ref DagCborReader reader, byte[] octetHash)
    {
        int fields = reader.ReadMap();
        reader.Key("to"u8, ref fields);
        List<string> to = ReadRecipients(ref reader);
        reader.Key("spf"u8, ref fields);
        string spf = ReadVerdict(ref reader);
        bool coversCard = reader.ReadFlag("card"u8, ref fields);
        reader.Key("dkim"u8, ref fields);
        string dkim = ReadVerdict(ref reader);
        reader.Key("from"u8, ref fields);
        string from = reader.ReadLine(MaxAddressLength);
        reader.Key("host"u8, ref fields);
        string host = reader.ReadLine(MaxHostLength);
        bool isSent = reader.ReadFlag("sent"u8, ref fields);
        reader.Key("time"u8, ref fields);
        long time = reader.ReadTime();
        reader.Key("dmarc"u8, ref fields);
        string dmarc = ReadVerdict(ref reader);
        reader.Key("signature"u8, ref fields);
        byte[] signature = reader.ReadExactly(VerifyingKey.SignatureLength);
        reader.Key("certificate"u8, ref fields);
        Certificate? gateway = Certificate.Read(ref reader);
        reader.EndMap(fields);
        if (reader.Failed || gateway is null)
            return null;
        var origin = new Origin(octetHash)
        {
            From = from,
            To = to,
            Host = host,
            Time = time,
            Spf = spf,
            Dkim = dkim,
            Dmarc = dmarc,
            CoversCard = coversCard,
            IsSent = isSent,
            Gateway = gateway,
            signature = signature,
        };
        if (gateway.Verifies(origin.Statement(), signature))
            return origin;
        reader.Fail("has an origin that its gateway did not sign");
        return null;
    }

    private static string ReadVerdict(ref DagCborReader reader)
    {
        string verdict = reader.ReadText(MaxVerdictLength);
        if (!reader.Failed && !IsVerdict(verdict))
            reader.Fail("has a verdict that is no word");
        return verdict;
    }

    private static bool IsVerdict(string text) => text.Length is > 0 and <= MaxVerdictLength && text.All(char.IsAsciiLetterLower);

    private void Require()
    {
        ObjectFields.RequireTime(Time);
        ObjectFields.RequireLine(Host, MaxHostLength);
        foreach (string address in To.Prepend(From))
            ObjectFields.RequireLine(address, MaxAddressLength);
        RequireVerdict(Spf);
        RequireVerdict(Dkim);
        RequireVerdict(Dmarc);
    }

    private static void RequireVerdict(string verdict)
    {
        if (!IsVerdict(verdict))
            throw new ArgumentException($"A verdict is 1 to {MaxVerdictLength} lower-case letters, not '{verdict}'.", nameof(verdict));
    }

    private static List<string> ReadRecipients(ref DagCborReader reader)
    {
        var to = new List<string>();
        int count = reader.ReadArray(MaxRecipients);
        for (int i = 0; i < count && !reader.Failed; i++)
            to.Add(reader.ReadLine(MaxAddressLength));
        return to;
    }

    private void WriteFields(DagCborWriter writer)
    {
        writer.Key("to"u8).Array(To.Count);
        foreach (string recipient in To)
            writer.Text(recipient);
        writer.Key("spf"u8).Text(Spf);
        WriteFlag(writer, "card"u8, CoversCard);
        writer.Key("dkim"u8).Text(Dkim)
            .Key("from"u8).Text(From)
            .Key("host"u8).Text(Host);
        WriteFlag(writer, "sent"u8, IsSent);
        writer.Key("time"u8).Int(Time)
            .Key("dmarc"u8).Text(Dmarc);
    }

    private static void WriteFlag(DagCborWriter writer, ReadOnlySpan<byte> name, bool isSet)
    {
        if (isSet)
            writer.Key(name).Bool(true);
    }

    private byte[] Statement() => SignedStatement.Encode("defms/1 origin"u8, 2, writer =>
    {
        writer.Bytes(octetHash).Map(FieldCount);
        WriteFields(writer);
    });
}
