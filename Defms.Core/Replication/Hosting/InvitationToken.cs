using System.Security.Cryptography;
using Defms.Core.Codecs;

namespace Defms.Core.Replication.Hosting;

/// <summary>
/// Shows that its bearer was invited: 16 random bytes, so that nobody guesses one and a plain digest is enough to keep. As text base32
/// (multibase without its letter).
/// </summary>
public static class InvitationToken
{
    public const int Length = 16;

    /// <summary>What a host keeps of it.</summary>
    public static byte[] HashOf(ReadOnlySpan<byte> token) => SHA256.HashData(token);

    public static string ToText(ReadOnlySpan<byte> token) => Multibase.Base32(token)[1..];

    /// <summary>Reads what a person was given; upper case is read, too.</summary>
    public static bool TryParse(string text, out byte[] token) =>
        Multibase.TryDecode("b" + text.Trim().ToLowerInvariant(), out token) && token.Length == Length;
}
