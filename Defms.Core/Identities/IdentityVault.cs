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
    private static ReadOnlySpan<byte> AssociatedData => "defms/identity"u8;

    /// <summary>Whether a passphrase is needed to open <paramref name="file"/>.</summary>
    public static bool IsLocked(ReadOnlySpan<byte> file) => TryRead(file, out Contents contents) && contents.Cost is not null;

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

    /// <summary>Opens the bytes of the file; <paramref name="error"/> is for the person.</summary>
    public static bool TryUnpack(
        ReadOnlySpan<byte> file, string? passphrase, [NotNullWhen(true)] out Identity? identity, [NotNullWhen(false)] out string? error)
    {
        identity = null;
        error = "The identity file is damaged; restore it from a backup, or recover with the recovery code.";
        if (!TryRead(file, out Contents contents))
            return false;
        byte[] secrets = contents.Secrets;
        if (contents.Cost is { } cost)
        {
            if (string.IsNullOrEmpty(passphrase))
            {
                error = "The identity is locked; give its passphrase on the terminal or in DEFMS_PASSPHRASE.";
                return false;
            }
            if (!TryUnlock(contents, cost, passphrase, out secrets))
            {
                error = "The passphrase is wrong.";
                return false;
            }
        }
        bool opened = Identity.TryImport(secrets, out identity);
        CryptographicOperations.ZeroMemory(secrets);
        error = opened ? null : error;
        return opened;
    }

    private static byte[] PackClear(byte[] secrets) => new DagCborWriter(1024).Map(3)
        .Key("v"u8).Int(1)
        .Key("kind"u8).Text("defms/identity"u8)
        .Key("secrets"u8).Bytes(secrets)
        .ToArray();

    private static byte[] PackLocked(byte[] secrets, string passphrase, RandomSource random, PassphraseCost cost)
    {
        byte[] salt = random.Bytes(Argon2id.SaltLength);
        byte[] nonce = random.Bytes(Aead.NonceLength);
        byte[] locked = new byte[secrets.Length + Aead.TagLength];
        byte[] key = DeriveKey(passphrase, salt, cost);
        Aead.Encrypt(key, nonce, secrets, AssociatedData, locked);
        CryptographicOperations.ZeroMemory(key);
        return new DagCborWriter(1024).Map(7)
            .Key("v"u8).Int(1)
            .Key("kind"u8).Text("defms/identity"u8)
            .Key("salt"u8).Bytes(salt)
            .Key("nonce"u8).Bytes(nonce)
            .Key("locked"u8).Bytes(locked)
            .Key("memory"u8).Int(cost.MemoryBytes)
            .Key("passes"u8).Int(cost.Passes)
            .ToArray();
    }

    private static bool TryRead(ReadOnlySpan<byte> file, out Contents contents)
    {
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
        reader.Key("secrets"u8, ref fields);
        return new Contents(reader.ReadBytes().ToArray(), [], [], null);
    }

    private static Contents ReadLocked(ref DagCborReader reader, ref int fields)
    {
        byte[] salt = reader.ReadExactly(Argon2id.SaltLength);
        reader.Key("nonce"u8, ref fields);
        byte[] nonce = reader.ReadExactly(Aead.NonceLength);
        reader.Key("locked"u8, ref fields);
        byte[] locked = reader.ReadBytes().ToArray();
        reader.Key("memory"u8, ref fields);
        int memory = reader.ReadInt32();
        reader.Key("passes"u8, ref fields);
        var cost = new PassphraseCost(reader.ReadInt32(), memory);
        if (!cost.IsWithinBounds)
            reader.Fail("asks for more work than a passphrase may");
        return new Contents(locked, salt, nonce, cost);
    }

    private static bool TryUnlock(Contents contents, PassphraseCost cost, string passphrase, out byte[] secrets)
    {
        secrets = new byte[Math.Max(0, contents.Secrets.Length - Aead.TagLength)];
        byte[] key = DeriveKey(passphrase, contents.Salt, cost);
        bool unlocked = contents.Secrets.Length >= Aead.TagLength
            && Aead.TryDecrypt(key, contents.Nonce, contents.Secrets, AssociatedData, secrets);
        CryptographicOperations.ZeroMemory(key);
        return unlocked;
    }

    private static byte[] DeriveKey(string passphrase, byte[] salt, PassphraseCost cost)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(passphrase);
        byte[] key = new byte[Aead.KeyLength];
        Argon2id.Derive(utf8, salt, cost, key);
        CryptographicOperations.ZeroMemory(utf8);
        return key;
    }

    private readonly record struct Contents(byte[] Secrets, byte[] Salt, byte[] Nonce, PassphraseCost? Cost);
}
