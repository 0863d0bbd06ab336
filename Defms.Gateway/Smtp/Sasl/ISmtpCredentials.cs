namespace Defms.Gateway.Smtp.Sasl;

/// <summary>What proves a password without knowing it (RFC 5802, section 2.1; RFC 7677).</summary>
/// <param name="Salt">At least 16 octets of chance.</param>
/// <param name="Iterations">At least 4,096.</param>
/// <param name="StoredKey">SHA-256 of the client key.</param>
/// <param name="ServerKey">What the server proves itself with.</param>
internal sealed record ScramVerifier(ReadOnlyMemory<byte> Salt, int Iterations, ReadOnlyMemory<byte> StoredKey, ReadOnlyMemory<byte> ServerKey);

/// <summary>Who may submit mail. An exception is answered with 454 4.7.0 and logged.</summary>
internal interface ISmtpCredentials
{
    /// <summary>Of all its verifiers, as far as possible: a name without an account is shown the same number.</summary>
    int Iterations { get; }

    /// <param name="account">As the client gave it, at most some hundred characters; not normalised.</param>
    /// <returns>Null when there is no such account.</returns>
    ValueTask<ScramVerifier?> FindAsync(string account, CancellationToken cancel);
}
