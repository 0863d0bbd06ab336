using Defms.Core.Codecs;
using Defms.Core.Sealing;

namespace Defms.Core.Identities;

/// <summary>
/// The root key's word that these two public keys speak and open for an identity in one epoch (docs/formats/card.md). The same bytes
/// for the whole epoch. Whoever holds one knows that its signature was verified.
/// </summary>
public sealed class Certificate : IEquatable<Certificate>
{
    /// <summary>
    /// Epochs are counted by hand, one for each lost machine: a thousand is one a month for eighty years. Every machine derives and keeps
    /// the secrets of all earlier epochs, so this also bounds the identity file.
    /// </summary>
    public const int MaxEpoch = 1_000;

    private readonly byte[] signing;
    private readonly byte[] sealing;
    private readonly byte[] signature;

    private Certificate(Did identity, int epoch, byte[] signing, byte[] sealing, byte[] signature)
    {
        Identity = identity;
        Epoch = epoch;
        this.signing = signing;
        this.sealing = sealing;
        this.signature = signature;
    }

    public Did Identity { get; }

    public int Epoch { get; }

    /// <summary>Ed25519 public key of the epoch.</summary>
    public ReadOnlySpan<byte> Signing => signing;

    /// <summary>X25519 public key of the epoch.</summary>
    public ReadOnlySpan<byte> Sealing => sealing;

    /// <summary>Certifies an epoch's keys.</summary>
    internal static Certificate Issue(SigningKey root, int epoch, ReadOnlySpan<byte> signing, ReadOnlySpan<byte> sealing)
    {
        Did identity = Did.From(root.PublicKey);
        byte[] signature = root.Sign(Statement(identity, epoch, signing.ToArray(), sealing.ToArray()));
        return new Certificate(identity, epoch, signing.ToArray(), sealing.ToArray(), signature);
    }

    /// <summary>Reads and verifies a certificate inside another object; a bad one fails the reader.</summary>
    public static Certificate? Read(ref DagCborReader reader)
    {
        int fields = reader.ReadMap();
        reader.Key("epoch"u8, ref fields);
        int epoch = reader.ReadInt32(MaxEpoch);
        reader.Key("sealing"u8, ref fields);
        byte[] sealing = reader.ReadExactly(SealingKeyPair.PublicKeyLength);
        reader.Key("signing"u8, ref fields);
        byte[] signing = reader.ReadExactly(VerifyingKey.Length);
        reader.Key("identity"u8, ref fields);
        Did identity = Did.Read(ref reader);
        reader.Key("signature"u8, ref fields);
        byte[] signature = reader.ReadExactly(VerifyingKey.SignatureLength);
        reader.EndMap(fields);
        if (reader.Failed)
            return null;
        if (Refusal(identity, Statement(identity, epoch, signing, sealing), signature, sealing) is { } refusal)
            reader.Fail(refusal);
        return reader.Failed ? null : new Certificate(identity, epoch, signing, sealing, signature);
    }

    public void Write(DagCborWriter writer) => writer.Map(5)
        .Key("epoch"u8).Int(Epoch)
        .Key("sealing"u8).Bytes(sealing)
        .Key("signing"u8).Bytes(signing)
        .Key("identity"u8).Bytes(Identity.Bytes)
        .Key("signature"u8).Bytes(signature);

    /// <summary>Whether the epoch's signing key made <paramref name="signature"/> over <paramref name="statement"/>.</summary>
    public bool Verifies(ReadOnlySpan<byte> statement, ReadOnlySpan<byte> signature) => VerifyingKey.Verify(signing, statement, signature);

    /// <summary>As <see cref="Verifies"/>, for what comes again and again.</summary>
    internal bool VerifiesOften(ReadOnlySpan<byte> statement, ReadOnlySpan<byte> signature)
    {
        var before = new VerifiedBefore(signing, statement, signature);
        if (before.IsKnown)
            return true;
        if (!Verifies(statement, signature))
            return false;
        before.Remember();
        return true;
    }

    public bool Equals(Certificate? other) => other is not null && Identity == other.Identity && Epoch == other.Epoch && signature.AsSpan().SequenceEqual(other.signature);

    public override bool Equals(object? obj) => Equals(obj as Certificate);

    public override int GetHashCode() => HashCode.Combine(Identity, Epoch);

    /// <summary>Null when the identity signed it and something can be sealed to the key.</summary>
    private static string? Refusal(Did identity, byte[] statement, byte[] signature, byte[] sealing)
    {
        var before = new VerifiedBefore(identity.Bytes, statement, signature);
        if (before.IsKnown)
            return null;
        if (!VerifyingKey.Verify(identity.Bytes, statement, signature))
            return "has a certificate that its identity did not sign";
        if (!SealingKeyPair.IsPublicKey(sealing))
            return "has a sealing key to which nothing can be sealed";
        before.Remember();
        return null;
    }

    private static byte[] Statement(Did identity, int epoch, byte[] signing, byte[] sealing) =>
        SignedStatement.Encode("defms/1 certificate"u8, 1, writer => writer.Map(4)
            .Key("epoch"u8).Int(epoch)
            .Key("sealing"u8).Bytes(sealing)
            .Key("signing"u8).Bytes(signing)
            .Key("identity"u8).Bytes(identity.Bytes));
}
