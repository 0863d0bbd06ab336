using System.IO.Pipelines;

namespace Defms.Gateway.Smtp.Wire;

/// <summary>
/// Waits at a pipe until a point in time. One timer a session, and nothing is thrown: the pipe's own cancellation ends the wait, so the
/// connection can still be used for a last word.
/// </summary>
internal sealed class Waiting : IDisposable
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly TimeProvider time;
    private readonly ITimer timer;
    private PipeReader? reading;
    private PipeWriter? writing;

    public Waiting(TimeProvider time)
    {
        this.time = time;
        timer = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public long Now => time.GetTimestamp();

    /// <summary>The point in time so far from now.</summary>
    public long After(TimeSpan span) => Now + Ticks(span);

    /// <summary>A span in the unit of <see cref="Now"/>.</summary>
    public long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    public bool HasPassed(long deadline) => Now >= deadline;

    /// <summary>The result is cancelled at the deadline, when somebody wakes the reader, and sometimes without a reason.</summary>
    public ValueTask<ReadResult> ReadAsync(PipeReader reader, long deadline)
    {
        ValueTask<ReadResult> read = reader.ReadAsync(CancellationToken.None);
        return read.IsCompleted ? read : WaitAsync(read, reader, deadline);
    }

    /// <returns>False when the other side is gone or does not take what is sent.</returns>
    public async ValueTask<bool> FlushAsync(PipeWriter writer, long deadline)
    {
        FlushResult result;
        do
        {
            ValueTask<FlushResult> flush = writer.FlushAsync(CancellationToken.None);
            result = flush.IsCompleted ? await flush : await WaitAsync(flush, writer, deadline);
        }
        while (result.IsCanceled && !HasPassed(deadline));
        return !result.IsCanceled && !result.IsCompleted;
    }

    public void Dispose() => timer.Dispose();

    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> read, PipeReader reader, long deadline)
    {
        Volatile.Write(ref reading, reader);
        Arm(deadline);
        try
        {
            return await read;
        }
        finally
        {
            Volatile.Write(ref reading, null);
            Disarm();
        }
    }

    private async ValueTask<FlushResult> WaitAsync(ValueTask<FlushResult> flush, PipeWriter writer, long deadline)
    {
        Volatile.Write(ref writing, writer);
        Arm(deadline);
        try
        {
            return await flush;
        }
        finally
        {
            Volatile.Write(ref writing, null);
            Disarm();
        }
    }

    private void Arm(long deadline)
    {
        TimeSpan left = time.GetElapsedTime(Now, deadline);
        timer.Change(left > Shortest ? left : Shortest, Timeout.InfiniteTimeSpan);
    }

    private void Disarm() => timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private void Wake()
    {
        Volatile.Read(ref reading)?.CancelPendingRead();
        Volatile.Read(ref writing)?.CancelPendingFlush();
    }
}
