using System.Security.Cryptography;
using Defms.Core.Sealing;
using SimpleBase;

namespace Defms.Core.Identities;

/// <summary>
/// The 32 bytes that an identity grows from. Shown once to its owner as a recovery code and kept on no machine: whoever has it can sign
/// key changes. Dispose clears it.
/// </summary>
public sealed class RecoverySeed : IDisposable
{
    public const int Length = 32;

    private const int GroupLength = 4;
    private const int ChecksumLength = 3;

    // 32 bytes of seed and 3 of checksum are exactly 56 characters of base32.
    private const int CodeLength = (Length + ChecksumLength) * 8 / 5;

    private readonly byte[] bytes;

    private RecoverySeed(byte[] bytes) => this.bytes = bytes;

    public static RecoverySeed Create(RandomSource random) => new(random.Bytes(Length));

    public static RecoverySeed From(ReadOnlySpan<byte> seed) =>
        seed.Length == Length ? new RecoverySeed(seed.ToArray()) : throw new ArgumentException("A recovery seed has 32 bytes.", nameof(seed));

    /// <summary>The recovery code: Crockford's base32 of seed and checksum in groups of four, joined by hyphens.</summary>
    public string ToCode()
    {
        string text = Base32.Crockford.Encode([.. bytes, .. Checksum(bytes)]);
        return string.Join('-', text.Chunk(GroupLength).Select(group => new string(group)));
    }

    /// <summary>Reads a recovery code; case, spaces and hyphens do not matter, O reads as 0, I and L as 1. False on any typing error.</summary>
    public static bool TryParseCode(string code, out RecoverySeed seed)
    {
        seed = null!;
        string compact = string.Concat(code.Where(c => c != '-' && !char.IsWhiteSpace(c))).ToUpperInvariant()
            .Replace('O', '0').Replace('I', '1').Replace('L', '1');
        if (compact.Length != CodeLength || !compact.All(c => char.IsAsciiLetterOrDigit(c) && c != 'U'))
            return false;
        byte[] decoded = Base32.Crockford.Decode(compact);
        if (decoded.Length != Length + ChecksumLength || !decoded.AsSpan(Length).SequenceEqual(Checksum(decoded.AsSpan(0, Length))))
            return false;
        seed = new RecoverySeed(decoded[..Length]);
        return true;
    }

    /// <summary>The identity that grows from this seed.</summary>
    public Did Identity
    {
        get
        {
            using SigningKey root = Root();
            return Did.From(root.PublicKey);
        }
    }

    /// <summary>The keys of one epoch with the root's certificate for them.</summary>
    public EpochKeys Derive(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        using SigningKey root = Root();
        byte[] signing = Expand($"defms/1 epoch {epoch} signing");
        byte[] sealing = Expand($"defms/1 epoch {epoch} sealing");
        byte[] filing = Expand($"defms/1 epoch {epoch} filing");
        using var signingKey = new SigningKey(signing);
        using var sealingKey = new SealingKeyPair(sealing);
        return new EpochKeys(signing, sealing, filing, Certificate.Issue(root, epoch, signingKey.PublicKey, sealingKey.PublicKey));
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(bytes);

    private SigningKey Root()
    {
        byte[] seed = Expand("defms/1 root");
        try
        {
            return new SigningKey(seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    private byte[] Expand(string label)
    {
        byte[] derived = new byte[32];
        KeyDerivation.Derive(bytes, default, label, derived);
        return derived;
    }

    private static byte[] Checksum(ReadOnlySpan<byte> seed)
    {
        Span<byte> labelled = stackalloc byte[16 + Length];
        "defms/1 recovery"u8.CopyTo(labelled);
        seed.CopyTo(labelled[16..]);
        return SHA256.HashData(labelled)[..ChecksumLength];
    }
}

/// <summary>The secrets of one epoch as they are derived, 32 bytes each, with their certificate.</summary>
public sealed record EpochKeys(byte[] Signing, byte[] Sealing, byte[] Filing, Certificate Certificate);
