using System.Security.Cryptography;

namespace Defms.Core.Sealing;

/// <summary>
/// Bytes that must not outlive their use: pinned, so that the garbage collector leaves no copies behind, and zeroed on disposal.
/// Not safe against disposal while another thread reads.
/// </summary>
internal sealed class SecretBytes(int length) : IDisposable
{
    private readonly byte[] bytes = GC.AllocateArray<byte>(length, pinned: true);
    private bool disposed;

    internal SecretBytes(ReadOnlySpan<byte> source)
        : this(source.Length) => source.CopyTo(bytes);

    internal Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return bytes;
        }
    }

    public void Dispose()
    {
        disposed = true;
        CryptographicOperations.ZeroMemory(bytes);
    }
}
