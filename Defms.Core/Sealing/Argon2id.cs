namespace Defms.Core.Sealing;

/// <summary>
/// What one guess at a passphrase costs (RFC 9106, one lane): kept beside what it protects. The bounds hold for stored values too,
/// so that an altered file cannot ask for a day or for all memory.
/// </summary>
/// <param name="Passes">1 to 64.</param>
/// <param name="MemoryBytes">8 KiB (the least that Argon2 knows) to 1 GiB; counted in whole KiB.</param>
public readonly record struct PassphraseCost(int Passes, int MemoryBytes)
{
    private const int MaxPasses = 64;
    private const int MinMemoryBytes = 8 << 10;
    private const int MaxMemoryBytes = 1 << 30;

    /// <summary>Three passes over 64 MiB, the memory-constrained choice of RFC 9106 section 4: every command that needs the secrets pays it.</summary>
    public static PassphraseCost Default => new(3, 64 << 20);

    public bool IsWithinBounds => Passes is >= 1 and <= MaxPasses && MemoryBytes is >= MinMemoryBytes and <= MaxMemoryBytes;
}

/// <summary>Argon2id version 1.3 (RFC 9106): a key from a passphrase.</summary>
public static class Argon2id
{
    public const int SaltLength = 16;

    // crypto_pwhash_ALG_ARGON2ID13
    private const int Algorithm = 2;

    /// <param name="passphrase">Its UTF-8 bytes; the caller clears them.</param>
    /// <param name="salt">16 bytes, random and kept beside the cost.</param>
    /// <param name="cost">Within its bounds.</param>
    /// <param name="key">Filled; 16 bytes or more.</param>
    /// <exception cref="ArgumentException">A length or the cost is out of bounds.</exception>
    /// <exception cref="InvalidOperationException">The machine has not the memory that the cost asks for.</exception>
    public static void Derive(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, PassphraseCost cost, Span<byte> key)
    {
        Expect.Length(salt, SaltLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(key.Length, 16, nameof(key));
        if (!cost.IsWithinBounds)
            throw new ArgumentOutOfRangeException(nameof(cost), cost, "Passes or memory are outside the bounds.");
        Sodium.Require();
        int failed = Sodium.crypto_pwhash(
            key, (ulong)key.Length, passphrase, (ulong)passphrase.Length, salt, (ulong)cost.Passes, (nuint)cost.MemoryBytes, Algorithm);
        if (failed != 0)
            throw new InvalidOperationException($"The passphrase needs {cost.MemoryBytes >> 20} MiB of memory, which this machine does not give.");
    }
}
