namespace Defms.Gateway.Authentication;

/// <summary>
/// The result words of RFC 8601, section 2.7. Each method uses those that its specification knows.
/// </summary>
public enum AuthResult
{
    /// <summary>There was nothing to evaluate: no record, no signature, or the check is switched off.</summary>
    None,
    Pass,
    Fail,
    SoftFail,
    Neutral,

    /// <summary>The signature may be sound and is not acceptable here, for example because it uses SHA-1 (RFC 8301).</summary>
    Policy,

    /// <summary>Nobody knows now: the DNS did not answer in time. Another attempt later may end otherwise.</summary>
    TempError,

    /// <summary>What the domain or the signer published cannot be understood; trying again does not help.</summary>
    PermError,
}

public static class AuthResults
{
    /// <summary>The word in lower case, as origins and Authentication-Results have it.</summary>
    public static string Word(this AuthResult result) => result.ToString().ToLowerInvariant();
}
