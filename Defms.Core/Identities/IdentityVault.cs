using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Defms.Core.Codecs;
using Defms.Core.Sealing;

namespace Defms.Core.Identities;

/// <summary>
/// The identity as it lies in its file (docs/formats/identity-file.md): in clear, or under a passphrase by Argon2id and
/// XChaCha20-Poly1305. The file itself (mode 0600, synced) is the business of Storage.
/// </summary>
public static class IdentityVault
{
    /// <summary>The file of an identity in its last epoch is shorter.</summary>
    public const int MaxFileLength = 128 << 10;

    private const string Damaged = "The identity file is damaged; restore it from a backup, or recover with the recovery code.";
    private const string Locked = "The identity is locked; give its passphrase on the terminal or in DEFMS_PASSPHRASE.";
    private const string Wrong = "The passphrase is wrong, or the identity file was altered.";

    /// <summary>Whether a passphrase is needed to open <paramref name="file"/>.</summary>
    public static bool IsLocked(ReadOnlySpan<byte> file) => TryRead(file, out Contents contents) && contents.Lock is not null;

    /// <summary>The bytes of the file. A null or empty passphrase leaves the secrets in clear.</summary>
    public static byte[] Pack(Identity identity, string? passphrase, RandomSource random, PassphraseCost? cost = null)
    {
        byte[] secrets = identity.Export();
        try
        {
            return string.IsNullOrEmpty(passphrase) ? PackClear(secrets) : PackLocked(secrets, passphrase, random, cost ?? PassphraseCost.Default);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secrets);
        }
    }

    /// <summary>Opens the bytes of the file; <paramref name="error"/> is for the person. No input throws.</summary>
    public static bool TryUnpack(
        ReadOnlySpan<byte> file, string? passphrase, [NotNullWhen(true)] out Identity? identity, [NotNullWhen(false)] out string? error)
    {
        identity = null;
        error = Damaged;
        if (!TryRead(file, out Contents contents))
            return false;
        byte[] secrets = contents.Secrets;
        if (contents.Lock is { } keyhole && !TryUnlock(contents.Secrets, keyhole, passphrase, out secrets, out error))
            return false;
        error = Identity.TryImport(secrets, out identity) ? null : Damaged;
        CryptographicOperations.ZeroMemory(secrets);
        return identity is not null;
    }

    private static byte[] PackClear(byte[] secrets) => new DagCborWriter(secrets.Length + 128).Map(4)
        .Key("v"u8).Int(1)
        .Key("kind"u8).Text("defms/identity"u8)
        .Key("check"u8).Bytes(SHA256.HashData(secrets))
        .Key("secrets"u8).Bytes(secrets)
        .ToArray();

    private static byte[] PackLocked(byte[] secrets, string passphrase, RandomSource random, PassphraseCost cost)
    {
        var keyhole = new Keyhole(random.Bytes(Argon2id.SaltLength), random.Bytes(Aead.NonceLength), cost);
        byte[] locked = new byte[secrets.Length + Aead.TagLength];
        using SecretBytes key = DeriveKey(passphrase, keyhole);
        Aead.Encrypt(key.Span, keyhole.Nonce, secrets, AssociatedData(keyhole), locked);
        return new DagCborWriter(locked.Length + 128).Map(7)
            .Key("v"u8).Int(1)
            .Key("kind"u8).Text("defms/identity"u8)
            .Key("salt"u8).Bytes(keyhole.Salt)
            .Key("nonce"u8).Bytes(keyhole.Nonce)
            .Key("locked"u8).Bytes(locked)
            .Key("memory"u8).Int(cost.MemoryBytes)
            .Key("passes"u8).Int(cost.Passes)
            .ToArray();
    }

    private static bool TryRead(ReadOnlySpan<byte> file, out Contents contents)
    {
        contents = default;
        if (file.Length > MaxFileLength)
            return false;
        var reader = new DagCborReader(file);
        int fields = reader.ReadMap();
        reader.Key("v"u8, ref fields);
        reader.Expect(1);
        reader.Key("kind"u8, ref fields);
        reader.Expect("defms/identity"u8);
        contents = reader.OptionalKey("salt"u8, ref fields) ? ReadLocked(ref reader, ref fields) : ReadClear(ref reader, ref fields);
        reader.EndMap(fields);
        return reader.End();
    }

    private static Contents ReadClear(ref DagCborReader reader, ref int fields)
    {
        reader.Key("check"u8, ref fields);
        byte[] check = reader.ReadExactly(SHA256.HashSizeInBytes);
        reader.Key("secrets"u8, ref fields);
        ReadOnlySpan<byte> secrets = reader.ReadBytes();
        // No key can tell that a filing secret lost a bit, so a disk's faults are looked for here.
        if (!reader.Failed && !SHA256.HashData(secrets).AsSpan().SequenceEqual(check))
            reader.Fail("does not match its checksum");
        return reader.Failed ? default : new Contents(secrets.ToArray(), null);
    }

    private static Contents ReadLocked(ref DagCborReader reader, ref int fields)
    {
        byte[] salt = reader.ReadExactly(Argon2id.SaltLength);
        reader.Key("nonce"u8, ref fields);
        byte[] nonce = reader.ReadExactly(Aead.NonceLength);
        reader.Key("locked"u8, ref fields);
        byte[] locked = reader.ReadBytes().ToArray();
        if (locked.Length < Aead.TagLength)
            reader.Fail("is cut short");
        reader.Key("memory"u8, ref fields);
        int memory = reader.ReadInt32();
        reader.Key("passes"u8, ref fields);
        var cost = new PassphraseCost(reader.ReadInt32(), memory);
        if (!cost.IsWithinBounds)
            reader.Fail("asks for more work than a passphrase may");
        return new Contents(locked, new Keyhole(salt, nonce, cost));
    }

    private static bool TryUnlock(byte[] locked, Keyhole keyhole, string? passphrase, out byte[] secrets, out string error)
    {
        secrets = [];
        error = Locked;
        if (string.IsNullOrEmpty(passphrase))
            return false;
        byte[] opened = GC.AllocateUninitializedArray<byte>(locked.Length - Aead.TagLength, pinned: true);
        try
        {
            using SecretBytes key = DeriveKey(passphrase, keyhole);
            error = Wrong;
            if (!Aead.TryDecrypt(key.Span, keyhole.Nonce, locked, AssociatedData(keyhole), opened))
                return false;
        }
        catch (InvalidOperationException e)
        {
            // The machine has not the memory that the file asks for.
            error = e.Message;
            return false;
        }
        secrets = opened;
        return true;
    }

    private static SecretBytes DeriveKey(string passphrase, Keyhole keyhole)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(passphrase);
        var key = new SecretBytes(Aead.KeyLength);
        try
        {
            Argon2id.Derive(utf8, keyhole.Salt, keyhole.Cost, key.Span);
            return key;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(utf8);
        }
    }

    /// <summary>Names the file's kind and its cost: memory is counted in whole KiB, so the key alone would not notice a changed last bit.</summary>
    private static byte[] AssociatedData(Keyhole keyhole) => new DagCborWriter().Array(3)
        .Text("defms/identity"u8)
        .Int(keyhole.Cost.MemoryBytes)
        .Int(keyhole.Cost.Passes)
        .ToArray();

    /// <summary>Secrets in clear, or locked where there is a keyhole.</summary>
    private readonly record struct Contents(byte[] Secrets, Keyhole? Lock);

    private sealed record Keyhole(byte[] Salt, byte[] Nonce, PassphraseCost Cost);
}
