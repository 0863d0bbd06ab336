using Defms.Core.Replication;

namespace Defms.Core.Network;

/// <summary>
/// The body of an answer while it arrives. What goes wrong is told as <see cref="PeerException"/>, and every read is a sign of life.
/// </summary>
internal sealed class AnswerStream(Stream body, PeerAddress peer, Patience patience) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <param name="cancellationToken">Not looked at: the request's own ends the reading, and the caller's is part of it.</param>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            int read = await body.ReadAsync(buffer, patience.Token);
            patience.Moved();
            return read;
        }
        catch (Exception e) when (PeerFaults.IsOfPeer(e, patience))
        {
            throw PeerFaults.Translate(peer, e, patience);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
