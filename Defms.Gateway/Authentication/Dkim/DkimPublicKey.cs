using System.Security.Cryptography;
using Defms.Core.Sealing;

namespace Defms.Gateway.Authentication.Dkim;

/// <summary>A key record (RFC 6376, 3.6.1). g= is ignored, it is historic; t=s and t=y are kept for the verifier.</summary>
internal sealed class DkimPublicKey
{
    // RFC 8301, 3.2: shorter is never accepted; longer than 4096 need not be supported, and 8192 still verifies within a millisecond or two.
    private const int MinRsaBits = 1024;
    private const int MaxRsaBits = 8192;

    private readonly string type;
    private readonly byte[] key;

    private DkimPublicKey(TagList tags, string type, byte[] key)
    {
        this.type = type;
        this.key = key;
        string[] flags = (tags.Compact("t") ?? "").Split(':');
        IsTesting = flags.Contains("y");
        IsStrict = flags.Contains("s");
        Hashes = tags.Compact("h")?.Split(':');
    }

    /// <summary>t=y: the domain tries DKIM out.</summary>
    public bool IsTesting { get; }

    /// <summary>t=s: i= must name d= itself, no subdomain.</summary>
    public bool IsStrict { get; }

    /// <summary>p= is empty: the key was withdrawn.</summary>
    public bool IsRevoked => key.Length == 0;

    private string[]? Hashes { get; }

    /// <summary>False for a text that is no key record for mail.</summary>
    public static bool TryParse(string text, out DkimPublicKey key)
    {
        key = null!;
        if (!TagList.TryParse(text, out TagList tags) || tags.Compact("p") is not { } encoded)
            return false;
        if (tags["v"] is { } version && (version != "DKIM1" || tags.First != "v"))
            return false;
        string[] services = (tags.Compact("s") ?? "*").Split(':');
        byte[] octets = new byte[encoded.Length];
        if (!services.Any(service => service is "*" or "email") || !Convert.TryFromBase64String(encoded, octets, out int length))
            return false;
        key = new DkimPublicKey(tags, tags.Compact("k")?.ToLowerInvariant() ?? "rsa", octets[..length]);
        return true;
    }

    /// <summary>Whether the key is one for this algorithm, with a hash that its owner allows.</summary>
    public bool Serves(DkimAlgorithm algorithm) => type == algorithm.KeyType() && (Hashes is null || Hashes.Contains("sha256"));

    /// <summary>Verifies a signature over a SHA-256 digest.</summary>
    public AuthResult Verify(DkimAlgorithm algorithm, byte[] digest, byte[] signature)
    {
        if (algorithm == DkimAlgorithm.Ed25519Sha256)
            return VerifyingKey.Verify(key, digest, signature) ? AuthResult.Pass : key.Length == VerifyingKey.Length ? AuthResult.Fail : AuthResult.PermError;
        using RSA? rsa = ReadRsa();
        if (rsa is null)
            return AuthResult.PermError;
        if (rsa.KeySize is < MinRsaBits or > MaxRsaBits)
            return AuthResult.Policy;
        return rsa.VerifyHash(digest, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) ? AuthResult.Pass : AuthResult.Fail;
    }

    /// <summary>SubjectPublicKeyInfo as RFC 6376 means it, or the bare RSAPublicKey that its text also allows to read into it.</summary>
    private RSA? ReadRsa()
    {
        var rsa = RSA.Create();
        foreach (bool bare in new[] { false, true })
        {
            try
            {
                int read;
                if (bare)
                    rsa.ImportRSAPublicKey(key, out read);
                else
                    rsa.ImportSubjectPublicKeyInfo(key, out read);
                if (read == key.Length)
                    return rsa;
            }
            catch (CryptographicException)
            {
                // The platform has no other way to say that these octets of a stranger are no key.
            }
        }

        rsa.Dispose();
        return null;
    }
}
