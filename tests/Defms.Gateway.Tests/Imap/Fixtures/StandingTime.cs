using System.Threading.Channels;

namespace Defms.Gateway.Tests.Imap.Fixtures;

/// <summary>A clock that moves only when a test says so; timers run out as it moves.</summary>
internal sealed class StandingTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<Timer> timers = [];
    private DateTimeOffset now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Each timer that was started, by how long it is to run.</summary>
    public Channel<TimeSpan> Started { get; } = Channel.CreateUnbounded<TimeSpan>();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Waits until somebody waits exactly <paramref name="span"/>, then moves the clock by it.</summary>
    public async Task PassAsync(TimeSpan span, CancellationToken cancel)
    {
        while (await Started.Reader.ReadAsync(cancel) != span)
        {
        }
        Advance(span);
    }

    public void Advance(TimeSpan span)
    {
        Timer[] due;
        lock (gate)
        {
            now += span;
            due = [.. timers.Where(timer => timer.Due <= now)];
            timers.RemoveAll(due.Contains);
        }
        foreach (Timer timer in due)
            timer.Run();
    }

    private sealed class Timer(StandingTime time, Action run) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public Action Run => run;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.gate)
            {
                time.timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = time.now + dueTime;
                time.timers.Add(this);
            }
            time.Started.Writer.TryWrite(dueTime);
            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
