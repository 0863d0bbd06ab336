using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Defms.Core.Codecs;
using Defms.Core.Sealing;

namespace Defms.Core.Identities;

/// <summary>
/// A person's secrets on one machine: the current epoch's keys to write with, and earlier epochs' sealing keys and filing secrets to
/// open with. The root key is not among them. Safe for use by several threads, but for <see cref="Dispose"/>, which clears them.
/// </summary>
public sealed class Identity : IDisposable
{
    private const int SecretLength = 32;

    private readonly SigningKey signing;
    private readonly SecretBytes signingSeed;
    private readonly SortedDictionary<int, OpeningKeys> epochs;

    private Identity(Certificate certificate, ReadOnlySpan<byte> signingSeed, SortedDictionary<int, OpeningKeys> epochs)
    {
        Certificate = certificate;
        this.signingSeed = new SecretBytes(signingSeed);
        signing = new SigningKey(signingSeed);
        this.epochs = epochs;
    }

    public Did Did => Certificate.Identity;

    /// <summary>The current epoch's.</summary>
    public Certificate Certificate { get; }

    public int CurrentEpoch => Certificate.Epoch;

    /// <summary>The epochs whose mail this machine can open, oldest first.</summary>
    public IReadOnlyCollection<int> KnownEpochs => epochs.Keys;

    /// <summary>Makes the keys of epoch <paramref name="epoch"/> from the seed, with those of all epochs before it for opening.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than <see cref="Certificate.MaxEpoch"/>.</exception>
    public static Identity From(RecoverySeed seed, int epoch = 0)
    {
        using EpochKeys current = seed.Derive(epoch);
        var epochs = new SortedDictionary<int, OpeningKeys> { [epoch] = new(current.Sealing, current.Filing) };
        for (int earlier = 0; earlier < epoch; earlier++)
        {
            using EpochKeys keys = seed.Derive(earlier);
            epochs[earlier] = new OpeningKeys(keys.Sealing, keys.Filing);
        }
        return new Identity(current.Certificate, current.Signing, epochs);
    }

    /// <summary>Signs with the current epoch's key; <paramref name="statement"/> comes from <see cref="SignedStatement"/>.</summary>
    public byte[] Sign(ReadOnlySpan<byte> statement) => signing.Sign(statement);

    /// <summary>A card with this profile.</summary>
    /// <exception cref="CardException">The profile breaks a limit.</exception>
    public Card IssueCard(Profile profile) => Card.Issue(Certificate, profile, signing);

    /// <summary>Opens a box that was sealed to the sealing key of <paramref name="epoch"/>.</summary>
    public bool TryOpenBox(int epoch, ReadOnlySpan<byte> box, out byte[] plaintext)
    {
        plaintext = [];
        return epochs.TryGetValue(epoch, out OpeningKeys? keys) && keys.Pair.TryOpen(box, out plaintext);
    }

    /// <summary>The secret from which salts and keys of filed threads grow.</summary>
    /// <exception cref="KeyNotFoundException">The epoch is not on this machine.</exception>
    public ReadOnlySpan<byte> FilingSecret(int epoch) => epochs[epoch].Filing.Span;

    /// <summary>All secrets as bytes, for <see cref="IdentityVault"/> (docs/formats/identity-file.md, "Secrets"); the caller clears them.</summary>
    internal byte[] Export()
    {
        // Room for everything from the start: a buffer that grows leaves copies of its secrets behind.
        var writer = new DagCborWriter(512 + 96 * epochs.Count);
        writer.Map(3).Key("epochs"u8).Array(epochs.Count);
        foreach (OpeningKeys keys in epochs.Values)
            writer.Map(2).Key("filing"u8).Bytes(keys.Filing.Span).Key("sealing"u8).Bytes(keys.Sealing.Span);
        writer.Key("signing"u8).Bytes(signingSeed.Span).Key("certificate"u8);
        Certificate.Write(writer);
        byte[] secrets = GC.AllocateUninitializedArray<byte>(writer.Written.Length, pinned: true);
        writer.Written.CopyTo(secrets);
        // The writer only shows its buffer, but the buffer is ours alone and goes out of use here.
        CryptographicOperations.ZeroMemory(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(writer.Written), secrets.Length));
        return secrets;
    }

    /// <summary>
    /// Takes what <see cref="Export"/> wrote. False for anything else, and where the keys are not those of the certificate or the epochs
    /// not all of them up to its own.
    /// </summary>
    internal static bool TryImport(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Identity? identity)
    {
        var reader = new DagCborReader(bytes);
        int fields = reader.ReadMap();
        reader.Key("epochs"u8, ref fields);
        SortedDictionary<int, OpeningKeys> epochs = ReadEpochs(ref reader);
        reader.Key("signing"u8, ref fields);
        ReadOnlySpan<byte> signingSeed = ReadSecret(ref reader);
        reader.Key("certificate"u8, ref fields);
        Certificate? certificate = Certificate.Read(ref reader);
        reader.EndMap(fields);
        identity = reader.End() && certificate is not null ? new Identity(certificate, signingSeed, epochs) : null;
        if (identity is not null && identity.HasCertifiedKeys())
            return true;
        identity?.Dispose();
        identity = null;
        foreach (OpeningKeys keys in epochs.Values)
            keys.Dispose();
        return false;
    }

    public void Dispose()
    {
        signing.Dispose();
        signingSeed.Dispose();
        foreach (OpeningKeys epoch in epochs.Values)
            epoch.Dispose();
    }

    private bool HasCertifiedKeys() =>
        epochs.Count == CurrentEpoch + 1
        && signing.PublicKey.SequenceEqual(Certificate.Signing)
        && epochs[CurrentEpoch].Pair.PublicKey.SequenceEqual(Certificate.Sealing);

    private static SortedDictionary<int, OpeningKeys> ReadEpochs(ref DagCborReader reader)
    {
        var epochs = new SortedDictionary<int, OpeningKeys>();
        int count = reader.ReadArray(Certificate.MaxEpoch + 1);
        for (int epoch = 0; epoch < count && !reader.Failed; epoch++)
        {
            int fields = reader.ReadMap();
            reader.Key("filing"u8, ref fields);
            ReadOnlySpan<byte> filing = ReadSecret(ref reader);
            reader.Key("sealing"u8, ref fields);
            ReadOnlySpan<byte> sealing = ReadSecret(ref reader);
            reader.EndMap(fields);
            if (!reader.Failed)
                epochs[epoch] = new OpeningKeys(sealing, filing);
        }
        return epochs;
    }

    /// <summary>Points into the source, so that no copy needs clearing.</summary>
    private static ReadOnlySpan<byte> ReadSecret(ref DagCborReader reader)
    {
        ReadOnlySpan<byte> secret = reader.ReadBytes(SecretLength);
        if (secret.Length != SecretLength)
            reader.Fail("has a secret of another length");
        return secret;
    }

    /// <summary>What opens an epoch's boxes and names its filed threads.</summary>
    private sealed class OpeningKeys(ReadOnlySpan<byte> sealing, ReadOnlySpan<byte> filing) : IDisposable
    {
        internal SealingKeyPair Pair { get; } = new(sealing);

        internal SecretBytes Sealing { get; } = new(sealing);

        internal SecretBytes Filing { get; } = new(filing);

        public void Dispose()
        {
            Pair.Dispose();
            Sealing.Dispose();
            Filing.Dispose();
        }
    }
}
