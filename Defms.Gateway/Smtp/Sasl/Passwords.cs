using System.Security.Cryptography;
using System.Text;
using Defms.Core;

namespace Defms.Gateway.Smtp.Sasl;

/// <summary>
/// Verifiers for every name that is asked: a name without an account gets one that no password fits, always the same, so that neither
/// the salt nor the time tells who is here.
/// </summary>
internal sealed class Passwords(ISmtpCredentials credentials, RandomSource random) : IDisposable
{
    private const int SaltLength = 16;

    private readonly byte[] secret = random.Bytes(Scram.KeyLength);

    /// <summary>Deriving keys costs milliseconds of a core each; guessers may not have them all.</summary>
    private readonly SemaphoreSlim deriving = new(Math.Max(1, Environment.ProcessorCount / 2));

    public RandomSource Random => random;

    public async ValueTask<(ScramVerifier Verifier, bool IsKnown)> FindAsync(string account, CancellationToken cancel)
    {
        ScramVerifier? found = await credentials.FindAsync(account, cancel);
        return (found ?? MadeUp(account), found is not null);
    }

    public async ValueTask<bool> CheckAsync(string account, string password, CancellationToken cancel)
    {
        (ScramVerifier verifier, bool isKnown) = await FindAsync(account, cancel);
        await deriving.WaitAsync(cancel);
        try
        {
            ScramVerifier given = Scram.Verifier(password, verifier.Salt, verifier.Iterations);
            return CryptographicOperations.FixedTimeEquals(given.StoredKey.Span, verifier.StoredKey.Span) && isKnown;
        }
        finally
        {
            deriving.Release();
        }
    }

    public void Dispose() => deriving.Dispose();

    private ScramVerifier MadeUp(string account)
    {
        byte[] salt = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(account));
        return new ScramVerifier(salt.AsMemory(0, SaltLength), credentials.Iterations, HMACSHA256.HashData(secret, salt), secret);
    }
}
