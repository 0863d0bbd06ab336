using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Defms.Core.Codecs;
using Defms.Core.Sealing;

namespace Defms.Core.Identities;

/// <summary>
/// A person's secrets on one machine: the current epoch's keys to write with, and earlier epochs' sealing keys and filing secrets to
/// open with. The root key is not among them. Safe for use by several threads.
/// </summary>
public sealed class Identity : IDisposable
{
    private const int SecretLength = 32;

    private readonly SigningKey signing;
    private readonly byte[] signingSeed;
    private readonly SortedDictionary<int, Epoch> epochs = [];

    private Identity(Certificate certificate, byte[] signingSeed, IEnumerable<(int Number, byte[] Sealing, byte[] Filing)> secrets)
    {
        Certificate = certificate;
        this.signingSeed = signingSeed;
        signing = new SigningKey(signingSeed);
        foreach ((int number, byte[] sealing, byte[] filing) in secrets)
            epochs[number] = new Epoch(new SealingKeyPair(sealing), sealing, filing);
    }

    public Did Did => Certificate.Identity;

    /// <summary>The current epoch's.</summary>
    public Certificate Certificate { get; }

    public int CurrentEpoch => Certificate.Epoch;

    /// <summary>The epochs whose mail this machine can open, oldest first.</summary>
    public IReadOnlyCollection<int> KnownEpochs => epochs.Keys;

    /// <summary>Makes the keys of epoch <paramref name="epoch"/> from the seed, with those of all epochs before it for opening.</summary>
    public static Identity From(RecoverySeed seed, int epoch = 0)
    {
        EpochKeys current = seed.Derive(epoch);
        IEnumerable<EpochKeys> all = Enumerable.Range(0, epoch).Select(seed.Derive).Append(current);
        return new Identity(current.Certificate, current.Signing, all.Select(keys => (keys.Certificate.Epoch, keys.Sealing, keys.Filing)));
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
        return epochs.TryGetValue(epoch, out Epoch? keys) && keys.Sealing.TryOpen(box, out plaintext);
    }

    /// <summary>The secret from which salts and keys of filed threads grow.</summary>
    /// <exception cref="KeyNotFoundException">The epoch is not on this machine.</exception>
    public ReadOnlySpan<byte> FilingSecret(int epoch) => epochs[epoch].Filing;

    /// <summary>All secrets as bytes, for <see cref="IdentityVault"/>; the caller clears them.</summary>
    internal byte[] Export()
    {
        var writer = new DagCborWriter(512);
        writer.Map(3).Key("epochs"u8).Array(epochs.Count);
        foreach ((int number, Epoch keys) in epochs)
            writer.Map(3).Key("epoch"u8).Int(number).Key("filing"u8).Bytes(keys.Filing).Key("sealing"u8).Bytes(keys.Secret);
        writer.Key("signing"u8).Bytes(signingSeed).Key("certificate"u8);
        Certificate.Write(writer);
        return writer.ToArray();
    }

    internal static bool TryImport(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Identity? identity)
    {
        identity = null;
        var reader = new DagCborReader(bytes);
        int fields = reader.ReadMap();
        reader.Key("epochs"u8, ref fields);
        var secrets = ReadEpochs(ref reader);
        reader.Key("signing"u8, ref fields);
        byte[] signingSeed = reader.ReadExactly(SecretLength);
        reader.Key("certificate"u8, ref fields);
        Certificate? certificate = Certificate.Read(ref reader);
        reader.EndMap(fields);
        if (!reader.End() || certificate is null)
            return false;
        var found = new Identity(certificate, signingSeed, secrets);
        if (found.signing.PublicKey.SequenceEqual(certificate.Signing)
            && found.epochs.TryGetValue(certificate.Epoch, out Epoch? current) && current.Sealing.PublicKey.SequenceEqual(certificate.Sealing))
            identity = found;
        else
            found.Dispose();
        return identity is not null;
    }

    public void Dispose()
    {
        signing.Dispose();
        CryptographicOperations.ZeroMemory(signingSeed);
        foreach (Epoch epoch in epochs.Values)
            epoch.Dispose();
    }

    private static List<(int Number, byte[] Sealing, byte[] Filing)> ReadEpochs(ref DagCborReader reader)
    {
        var secrets = new List<(int, byte[], byte[])>();
        int count = reader.ReadArray(Certificate.MaxEpoch);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            int fields = reader.ReadMap();
            reader.Key("epoch"u8, ref fields);
            int number = reader.ReadInt32(Certificate.MaxEpoch);
            reader.Key("filing"u8, ref fields);
            byte[] filing = reader.ReadExactly(SecretLength);
            reader.Key("sealing"u8, ref fields);
            secrets.Add((number, reader.ReadExactly(SecretLength), filing));
            reader.EndMap(fields);
        }
        return secrets;
    }

    private sealed record Epoch(SealingKeyPair Sealing, byte[] Secret, byte[] Filing) : IDisposable
    {
        public void Dispose()
        {
            Sealing.Dispose();
            CryptographicOperations.ZeroMemory(Secret);
            CryptographicOperations.ZeroMemory(Filing);
        }
    }
}
