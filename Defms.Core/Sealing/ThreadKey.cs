namespace Defms.Core.Sealing;

/// <summary>
/// The one secret of a thread (or of a parcel): 32 bytes that decide who may read it. Handed to the parties inside sealed boxes
/// and never used as it is: with the thread's salt it becomes a <see cref="ThreadCipher"/>.
/// </summary>
public sealed class ThreadKey : IDisposable
{
    public const int Length = 32;

    /// <summary>The salt stands in clear in the genesis and makes equal keys in two threads harmless.</summary>
    public const int SaltLength = 32;

    private readonly SecretBytes bytes;

    /// <param name="bytes">32 bytes; copied, the caller clears its own.</param>
    /// <exception cref="ArgumentException">There are not 32 of them.</exception>
    public ThreadKey(ReadOnlySpan<byte> bytes)
    {
        Expect.Length(bytes, Length);
        this.bytes = new SecretBytes(bytes);
    }

    private ThreadKey(SecretBytes bytes) => this.bytes = bytes;

    /// <summary>The key itself, valid until disposal: to be sealed to a party, or stored.</summary>
    public ReadOnlySpan<byte> Bytes => bytes.Span;

    /// <summary>A fresh key.</summary>
    public static ThreadKey Create(RandomSource random)
    {
        SecretBytes fresh = new(Length);
        random.Fill(fresh.Span);
        return new ThreadKey(fresh);
    }

    /// <summary>Derives the sub-keys once; the cipher lives on when this key is disposed.</summary>
    /// <exception cref="ArgumentException">The salt is not 32 bytes.</exception>
    public ThreadCipher WithSalt(ReadOnlySpan<byte> salt) => new(bytes.Span, salt);

    public void Dispose() => bytes.Dispose();
}
