using System.IO.Pipelines;

namespace Defms.Gateway.Tests.Delivery.Fixtures;

/// <summary>Two ends of a connection without a socket. A read gives at most so many octets, one for the slowest of networks.</summary>
internal sealed class MemoryConnection
{
    /// <param name="closed">Called once when the client closes its end.</param>
    public MemoryConnection(int mostPerRead = int.MaxValue, Action? closed = null)
    {
        var toServer = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var toClient = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        Client = new End(toClient.Reader, toServer.Writer, mostPerRead, closed);
        Server = new End(toServer.Reader, toClient.Writer, int.MaxValue, null);
    }

    public Stream Client { get; }

    public Stream Server { get; }

    private sealed class End(PipeReader reader, PipeWriter writer, int mostPerRead, Action? closed) : Stream
    {
        private Action? whenClosed = closed;
        private readonly Stream input = reader.AsStream();
        private readonly Stream output = writer.AsStream();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            input.ReadAsync(buffer[..Math.Min(buffer.Length, mostPerRead)], cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            output.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override void Flush() => output.Flush();

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, Math.Min(count, mostPerRead));

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
                output.Dispose();
                Interlocked.Exchange(ref whenClosed, null)?.Invoke();
            }
            base.Dispose(disposing);
        }
    }
}
