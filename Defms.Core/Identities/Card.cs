using System.Diagnostics.CodeAnalysis;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Mime;
using Defms.Core.Sealing;

namespace Defms.Core.Identities;

/// <summary>
/// What a person hands to others: certificate and signed profile (docs/formats/card.md). Whoever holds one knows that both signatures
/// were verified. Newer is (epoch, seq), then the larger CID.
/// </summary>
public sealed class Card : IEquatable<Card>, IComparable<Card>
{
    /// <summary>So that a hundred fit a genesis and one fits a QR code or a header field.</summary>
    public const int MaxLength = 2048;

    /// <summary>What the text form begins with.</summary>
    public const string TextPrefix = "defms:";

    // A card with a line break behind every character is still shorter; longer text is not looked at.
    private const int MaxTextLength = 16_384;

    private static readonly string TooLong = $"is longer than {MaxLength} bytes";

    private Card(Certificate certificate, Profile? profile, byte[] encoded)
    {
        Certificate = certificate;
        Profile = profile;
        Encoded = encoded;
        Cid = Cid.Of(Cid.DagCbor, encoded);
    }

    public Certificate Certificate { get; }

    /// <summary>Absent where a certificate alone was handed on (a filed thread's only party).</summary>
    public Profile? Profile { get; }

    public Did Identity => Certificate.Identity;

    public int Epoch => Certificate.Epoch;

    public int Seq => Profile?.Seq ?? -1;

    public Cid Cid { get; }

    /// <summary>The canonical bytes.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    public string Name => Profile?.Name ?? (Addresses.Count > 0 ? Addresses[0] : Identity.ToString());

    public IReadOnlyList<string> Addresses => Profile?.Addresses ?? [];

    public IReadOnlyList<Endpoint> Endpoints => Profile?.Endpoints ?? [];

    /// <summary>Whether its owner says that an address is his.</summary>
    public bool Names(MailAddress address) => Addresses.Any(text => MailAddress.TryParse(text, out MailAddress own) && own.Canonical == address.Canonical);

    /// <summary>A card of certificate alone.</summary>
    public static Card Bare(Certificate certificate) => new(certificate, null, Encode(certificate, null, null));

    /// <summary>Signs a profile with the epoch's signing key.</summary>
    /// <exception cref="CardException">The profile breaks a limit; the message says which.</exception>
    internal static Card Issue(Certificate certificate, Profile profile, SigningKey signing)
    {
        if (profile.Fault() is { } fault)
            throw new CardException($"This card cannot be issued: it {fault}.");
        byte[] signature = signing.Sign(Statement(certificate, profile));
        byte[] encoded = Encode(certificate, profile, signature);
        return TryDecode(encoded, out Card? card, out string? error) ? card : throw new CardException($"This card cannot be issued: it {error}.");
    }

    /// <summary>Decodes and verifies the bytes of a card.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Card? card, [NotNullWhen(false)] out string? error)
    {
        var reader = new DagCborReader(bytes);
        if (bytes.Length > MaxLength)
            reader.Fail(TooLong);
        card = Read(ref reader);
        if (!reader.End())
            card = null;
        error = card is null ? reader.Error ?? "is no card" : null;
        return card is not null;
    }

    /// <summary>Reads and verifies a card inside another object; a bad one fails the reader.</summary>
    public static Card? Read(ref DagCborReader reader)
    {
        int fields = reader.ReadMap();
        reader.Key("v"u8, ref fields);
        reader.Expect(1);
        reader.Key("kind"u8, ref fields);
        reader.Expect("defms/card"u8);
        Profile? profile = null;
        byte[] signature = [];
        if (reader.OptionalKey("profile"u8, ref fields))
        {
            int profileFields = reader.ReadMap();
            profile = Profile.ReadFields(ref reader, ref profileFields);
            reader.Key("signature"u8, ref profileFields);
            signature = reader.ReadExactly(VerifyingKey.SignatureLength);
            reader.EndMap(profileFields);
        }
        reader.Key("certificate"u8, ref fields);
        Certificate? certificate = Certificate.Read(ref reader);
        reader.EndMap(fields);
        if (reader.Failed || certificate is null)
            return null;
        if (profile is not null && !certificate.VerifiesOften(Statement(certificate, profile), signature))
            reader.Fail("has a profile that its certificate's key did not sign");
        byte[] encoded = Encode(certificate, profile, signature);
        if (encoded.Length > MaxLength)
            reader.Fail(TooLong);
        return reader.Failed ? null : new Card(certificate, profile, encoded);
    }

    /// <summary>
    /// Parses the text form <c>defms:…</c>. White space inside (a card pasted from a mail) is passed over and upper case (a QR code) is
    /// read; beyond that there is one text for one card.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Card? card, [NotNullWhen(false)] out string? error)
    {
        card = null;
        error = "is too long for a card";
        if (text.Length > MaxTextLength)
            return false;
        // Letter by letter, because ToLower makes ASCII letters of some that are none (U+212A, the Kelvin sign).
        string compact = string.Concat(text.Where(c => !char.IsWhiteSpace(c)).Select(c => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c));
        error = $"does not begin with '{TextPrefix}'";
        if (!compact.StartsWith(TextPrefix))
            return false;
        error = "has a character that a card cannot have, or was cut";
        return Multibase.TryDecode($"b{compact.AsSpan(TextPrefix.Length)}", out byte[] bytes) && TryDecode(bytes, out card, out error);
    }

    public void Write(DagCborWriter writer) => writer.Raw(Encoded.Span);

    /// <summary>Whether this card takes the place of <paramref name="other"/>, which is of the same identity. A bare one stands below every profile of its epoch.</summary>
    public bool IsNewerThan(Card other) => CompareTo(other) > 0;

    public int CompareTo(Card? other)
    {
        if (other is null)
            return 1;
        int byEpoch = Epoch.CompareTo(other.Epoch);
        int bySeq = byEpoch != 0 ? byEpoch : Seq.CompareTo(other.Seq);
        return bySeq != 0 ? bySeq : Cid.CompareTo(other.Cid);
    }

    public bool Equals(Card? other) => other is not null && Cid == other.Cid;

    public override bool Equals(object? obj) => Equals(obj as Card);

    public override int GetHashCode() => Cid.GetHashCode();

    /// <summary>The text form, one line.</summary>
    public override string ToString() => TextPrefix + Multibase.Base32(Encoded.Span)[1..];

    private static byte[] Encode(Certificate certificate, Profile? profile, byte[]? signature)
    {
        var writer = new DagCborWriter(1024);
        writer.Map(profile is null ? 3 : 4).Key("v"u8).Int(1).Key("kind"u8).Text("defms/card"u8);
        if (profile is not null)
        {
            writer.Key("profile"u8).Map(profile.FieldCount + 1);
            profile.WriteFields(writer);
            writer.Key("signature"u8).Bytes(signature);
        }
        writer.Key("certificate"u8);
        certificate.Write(writer);
        return writer.ToArray();
    }

    private static byte[] Statement(Certificate certificate, Profile profile) =>
        SignedStatement.Encode("defms/1 profile"u8, 3, writer =>
        {
            writer.Bytes(certificate.Identity.Bytes).Int(certificate.Epoch).Map(profile.FieldCount);
            profile.WriteFields(writer);
        });
}

/// <summary>A profile that no card can carry; the message is for the person who chose it.</summary>
public sealed class CardException(string message) : Exception(message);
