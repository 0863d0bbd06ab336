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

    // Room for a hyphen or a space behind every character; longer text is not looked at.
    private const int MaxTextLength = 256;

    private readonly SecretBytes bytes = new(Length);

    private RecoverySeed()
    {
    }

    public static RecoverySeed Create(RandomSource random)
    {
        var seed = new RecoverySeed();
        random.Fill(seed.bytes.Span);
        return seed;
    }

    /// <param name="seed">32 bytes; copied, the caller clears its own.</param>
    /// <exception cref="ArgumentException">There are not 32 of them.</exception>
    public static RecoverySeed From(ReadOnlySpan<byte> seed)
    {
        Expect.Length(seed, Length);
        var copy = new RecoverySeed();
        seed.CopyTo(copy.bytes.Span);
        return copy;
    }

    /// <summary>
    /// The recovery code: Crockford's base32 of seed and checksum in groups of four, joined by hyphens. A string cannot be cleared: it is
    /// made to be shown, once.
    /// </summary>
    public string ToCode()
    {
        Span<byte> checkedSeed = stackalloc byte[Length + ChecksumLength];
        bytes.Span.CopyTo(checkedSeed);
        WriteChecksum(bytes.Span, checkedSeed[Length..]);
        string text = Base32.Crockford.Encode(checkedSeed);
        CryptographicOperations.ZeroMemory(checkedSeed);
        return string.Join('-', text.Chunk(GroupLength).Select(group => new string(group)));
    }

    /// <summary>
    /// Reads a recovery code; case, spaces and hyphens do not matter, O reads as 0, I and L as 1. False on a typing error: one that
    /// the checksum does not notice is met once in 16 million.
    /// </summary>
    public static bool TryParseCode(string code, out RecoverySeed seed)
    {
        seed = null!;
        if (code.Length > MaxTextLength)
            return false;
        string compact = string.Concat(code.Where(c => c != '-' && !char.IsWhiteSpace(c)));
        if (compact.Length != CodeLength || !compact.All(c => char.IsAsciiLetterOrDigit(c) && c is not ('U' or 'u')))
            return false;
        byte[] decoded = Base32.Crockford.Decode(compact.ToUpperInvariant().Replace('O', '0').Replace('I', '1').Replace('L', '1'));
        Span<byte> checksum = stackalloc byte[ChecksumLength];
        WriteChecksum(decoded.AsSpan(0, Length), checksum);
        if (checksum.SequenceEqual(decoded.AsSpan(Length)))
            seed = From(decoded.AsSpan(0, Length));
        CryptographicOperations.ZeroMemory(decoded);
        return seed is not null;
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
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than <see cref="Certificate.MaxEpoch"/>.</exception>
    public EpochKeys Derive(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(epoch, Certificate.MaxEpoch);
        using SigningKey root = Root();
        SecretBytes signing = Expand($"defms/1 epoch {epoch} signing");
        SecretBytes sealing = Expand($"defms/1 epoch {epoch} sealing");
        SecretBytes filing = Expand($"defms/1 epoch {epoch} filing");
        using var signingKey = new SigningKey(signing.Span);
        using var sealingKey = new SealingKeyPair(sealing.Span);
        return new EpochKeys(signing, sealing, filing, Certificate.Issue(root, epoch, signingKey.PublicKey, sealingKey.PublicKey));
    }

    public void Dispose() => bytes.Dispose();

    private SigningKey Root()
    {
        using SecretBytes seed = Expand("defms/1 root");
        return new SigningKey(seed.Span);
    }

    private SecretBytes Expand(string label)
    {
        var derived = new SecretBytes(SigningKey.SeedLength);
        KeyDerivation.Derive(bytes.Span, default, label, derived.Span);
        return derived;
    }

    private static void WriteChecksum(ReadOnlySpan<byte> seed, Span<byte> checksum)
    {
        ReadOnlySpan<byte> label = "defms/1 recovery"u8;
        Span<byte> labelled = stackalloc byte[label.Length + Length];
        label.CopyTo(labelled);
        seed.CopyTo(labelled[label.Length..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(labelled, hash);
        hash[..ChecksumLength].CopyTo(checksum);
        CryptographicOperations.ZeroMemory(labelled);
    }
}

/// <summary>The secrets of one epoch as they are derived, 32 bytes each, with their certificate. Dispose clears them.</summary>
public sealed class EpochKeys : IDisposable
{
    private readonly SecretBytes signing;
    private readonly SecretBytes sealing;
    private readonly SecretBytes filing;

    internal EpochKeys(SecretBytes signing, SecretBytes sealing, SecretBytes filing, Certificate certificate)
    {
        this.signing = signing;
        this.sealing = sealing;
        this.filing = filing;
        Certificate = certificate;
    }

    /// <summary>Seed of the Ed25519 key.</summary>
    public ReadOnlySpan<byte> Signing => signing.Span;

    /// <summary>Scalar of the X25519 key.</summary>
    public ReadOnlySpan<byte> Sealing => sealing.Span;

    /// <summary>What salts and keys of filed threads grow from.</summary>
    public ReadOnlySpan<byte> Filing => filing.Span;

    public Certificate Certificate { get; }

    public void Dispose()
    {
        signing.Dispose();
        sealing.Dispose();
        filing.Dispose();
    }
}
