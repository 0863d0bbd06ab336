using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Defms.Core.Identities;

/// <summary>
/// Remembers certificates and profiles that were found good: the same bytes come with every announcement, receipt, contact and parcel, and
/// checking them again costs more than all else about a small mail. Known by a digest over key, signature and statement, so this never
/// changes an answer. Safe for use by several threads.
/// </summary>
internal readonly struct VerifiedBefore
{
    /// <summary>Some hundred kilobytes; a stranger who shows many cards costs the others a second check, no more.</summary>
    private const int Most = 4096;

    private static readonly ConcurrentDictionary<(Guid, Guid), byte> Known = new();

    private readonly (Guid, Guid) digest;

    /// <param name="key">Of 32 bytes, and <paramref name="signature"/> of 64: so no other three have the same digest.</param>
    public VerifiedBefore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> statement, ReadOnlySpan<byte> signature)
    {
        byte[] all = [.. key, .. signature, .. statement];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(all, hash);
        digest = (new Guid(hash[..16]), new Guid(hash[16..]));
    }

    /// <summary>Whether all checks of these bytes passed before.</summary>
    public bool IsKnown => Known.ContainsKey(digest);

    /// <summary>Notes that they passed.</summary>
    public void Remember()
    {
        if (Known.Count >= Most)
            Known.Clear();
        Known[digest] = 0;
    }
}
