namespace Defms.Gateway.Authentication.Dkim;

/// <summary>The signature algorithms of RFC 6376, 3.3 as RFC 8301 and RFC 8463 changed them.</summary>
public enum DkimAlgorithm
{
    RsaSha256,
    Ed25519Sha256,

    /// <summary>Understood, and never accepted (RFC 8301, 3.1).</summary>
    RsaSha1,
}

internal static class DkimAlgorithms
{
    public static bool TryParse(string? text, out DkimAlgorithm algorithm)
    {
        DkimAlgorithm? known = text?.ToLowerInvariant() switch
        {
            "rsa-sha256" => DkimAlgorithm.RsaSha256,
            "ed25519-sha256" => DkimAlgorithm.Ed25519Sha256,
            "rsa-sha1" => DkimAlgorithm.RsaSha1,
            _ => null,
        };
        algorithm = known ?? default;
        return known is not null;
    }

    /// <summary>The value of a= in a signature.</summary>
    public static string Name(this DkimAlgorithm algorithm) => algorithm switch
    {
        DkimAlgorithm.RsaSha256 => "rsa-sha256",
        DkimAlgorithm.Ed25519Sha256 => "ed25519-sha256",
        _ => "rsa-sha1",
    };

    /// <summary>The value of k= in a key record.</summary>
    public static string KeyType(this DkimAlgorithm algorithm) => algorithm == DkimAlgorithm.Ed25519Sha256 ? "ed25519" : "rsa";
}
