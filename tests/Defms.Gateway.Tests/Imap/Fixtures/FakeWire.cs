using System.IO.Pipelines;

namespace Defms.Gateway.Tests.Imap.Fixtures;

/// <summary>One end of a connection in memory.</summary>
internal sealed class FakeWire(PipeReader input, PipeWriter output) : Stream
{
    private readonly Stream reading = input.AsStream();
    private readonly Stream writing = output.AsStream();
    private long position;

    /// <summary>After how many octets the connection breaks for whoever reads here; null for never.</summary>
    public long? CutAfter { get; init; }

    /// <summary>Whether a break is an exception and not an end.</summary>
    public bool CutIsAbrupt { get; init; }

    /// <summary>At most so many octets a read.</summary>
    public int MaxRead { get; init; } = int.MaxValue;

    /// <summary>No read reaches over this position, so that what comes is split there.</summary>
    public long? SplitAt { get; init; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => position; set => throw new NotSupportedException(); }

    /// <summary>Two ends of one connection; the first is as <paramref name="shape"/> makes it.</summary>
    public static (FakeWire Client, FakeWire Server) Pair(Func<PipeReader, PipeWriter, FakeWire> shape)
    {
        var options = new PipeOptions(useSynchronizationContext: false);
        var toServer = new Pipe(options);
        var toClient = new Pipe(options);
        return (shape(toClient.Reader, toServer.Writer), new FakeWire(toServer.Reader, toClient.Writer));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        long most = Math.Min(buffer.Length, MaxRead);
        if (SplitAt is { } split && position < split)
            most = Math.Min(most, split - position);
        if (CutAfter is { } cut)
            most = Math.Min(most, cut - position);
        if (most == 0 && buffer.Length > 0)
            return CutIsAbrupt ? throw new IOException("Connection reset by peer.") : 0;
        int read = await reading.ReadAsync(buffer[..(int)most], cancellationToken);
        position += read;
        return read;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await writing.WriteAsync(buffer, cancellationToken);
        await writing.FlushAsync(cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        input.Complete();
        output.Complete();
        base.Dispose(disposing);
    }
}
