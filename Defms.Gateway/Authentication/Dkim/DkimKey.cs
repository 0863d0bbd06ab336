using System.Security.Cryptography;
using Defms.Core;
using Defms.Core.Sealing;

namespace Defms.Gateway.Authentication.Dkim;

/// <summary>
/// A secret key for signing under one selector. Kept as PEM (PKCS #8), the form that openssl and other mail software read. Signs for several
/// threads at once.
/// </summary>
public sealed class DkimKey : IDisposable
{
    // RFC 8301, 3.2 asks for at least 2048 bits from signers.
    private const int RsaBits = 2048;
    private const string PemLabel = "PRIVATE KEY";

    /// <summary>What stands before the 32 secret bytes in the PKCS #8 form of an Ed25519 key (RFC 8410, 7).</summary>
    private static readonly byte[] Ed25519Prefix = Convert.FromHexString("302e020100300506032b657004220420");

    /// <summary>.NET promises nothing about one RSA object in several threads; a signature takes a millisecond.</summary>
    private readonly Lock gate = new();
    private readonly RSA? rsa;
    private readonly SigningKey? ed25519;

    private DkimKey(string selector, RSA? rsa, SigningKey? ed25519)
    {
        Selector = selector;
        this.rsa = rsa;
        this.ed25519 = ed25519;
    }

    public string Selector { get; }

    public DkimAlgorithm Algorithm => rsa is null ? DkimAlgorithm.Ed25519Sha256 : DkimAlgorithm.RsaSha256;

    /// <summary>The text of the TXT record at SELECTOR._domainkey.DOMAIN. Mail only (s=email would say it; some verifiers stumble over it).</summary>
    public string Record => $"v=DKIM1; k={Algorithm.KeyType()}; p={Convert.ToBase64String(PublicKey)}";

    private byte[] PublicKey => rsa is null ? ed25519!.PublicKey.ToArray() : rsa.ExportSubjectPublicKeyInfo();

    /// <summary>A new RSA key, for every verifier there is. Returns its PEM text too, which the caller must keep.</summary>
    public static DkimKey CreateRsa(string selector, out string pem)
    {
        var rsa = RSA.Create(RsaBits);
        pem = rsa.ExportPkcs8PrivateKeyPem();
        return new DkimKey(selector, rsa, null);
    }

    /// <summary>A new Ed25519 key; not every verifier knows them yet, so it signs beside an RSA key.</summary>
    public static DkimKey CreateEd25519(string selector, RandomSource random, out string pem)
    {
        byte[] seed = random.Bytes(SigningKey.SeedLength);
        byte[] pkcs8 = [.. Ed25519Prefix, .. seed];
        pem = PemEncoding.WriteString(PemLabel, pkcs8);
        var key = new DkimKey(selector, null, new SigningKey(seed));
        CryptographicOperations.ZeroMemory(seed);
        CryptographicOperations.ZeroMemory(pkcs8);
        return key;
    }

    /// <summary>Reads a PEM text: an unencrypted RSA or Ed25519 secret key. Null when it is something else, or an RSA key under 1024 bits.</summary>
    public static DkimKey? TryRead(string selector, string pem)
    {
        if (TryReadSeed(pem) is { } seed)
        {
            var key = new DkimKey(selector, null, new SigningKey(seed));
            CryptographicOperations.ZeroMemory(seed);
            return key;
        }

        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            _ = rsa.SignHash(new byte[SHA256.HashSizeInBytes], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            if (rsa.KeySize >= 1024)
                return new DkimKey(selector, rsa, null);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            // The caller says which file it was and what it should hold.
        }

        rsa.Dispose();
        return null;
    }

    public void Dispose()
    {
        rsa?.Dispose();
        ed25519?.Dispose();
    }

    internal byte[] Sign(byte[] digest)
    {
        if (rsa is null)
            return ed25519!.Sign(digest);
        lock (gate)
            return rsa.SignHash(digest, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    private static byte[]? TryReadSeed(string pem)
    {
        if (!PemEncoding.TryFind(pem, out PemFields found) || pem[found.Label] != PemLabel)
            return null;
        byte[] octets = new byte[found.DecodedDataLength];
        bool fits = Convert.TryFromBase64Chars(pem.AsSpan()[found.Base64Data], octets, out int length)
            && length == Ed25519Prefix.Length + SigningKey.SeedLength && octets.AsSpan().StartsWith(Ed25519Prefix);
        byte[]? seed = fits ? octets[Ed25519Prefix.Length..length] : null;
        CryptographicOperations.ZeroMemory(octets);
        return seed;
    }
}
