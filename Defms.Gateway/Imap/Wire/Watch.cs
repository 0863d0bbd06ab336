namespace Defms.Gateway.Imap.Wire;

/// <summary>Ends everything on one connection when the other side has been silent for too long, or when the caller says so.</summary>
internal sealed class Watch : IDisposable
{
    private readonly CancellationTokenSource source;
    private readonly CancellationTokenRegistration registration;
    private readonly CancellationToken caller;

    public Watch(TimeSpan silence, TimeProvider time, CancellationToken caller)
    {
        (Silence, this.caller) = (silence, caller);
        source = new CancellationTokenSource(silence, time);
        registration = caller.UnsafeRegister(state => ((CancellationTokenSource)state!).Cancel(), source);
    }

    /// <summary>How long the other side may be silent when something is awaited from it.</summary>
    public TimeSpan Silence { get; }

    public CancellationToken Token => source.Token;

    /// <summary>Whether it was silence that ended the connection, and not the caller.</summary>
    public bool RanOut => source.IsCancellationRequested && !caller.IsCancellationRequested;

    /// <summary>Something is awaited from the other side from now on.</summary>
    public void Begin() => source.CancelAfter(Silence);

    /// <summary>Nothing is awaited.</summary>
    public void Pause() => source.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>Ends everything now.</summary>
    public void End() => source.Cancel();

    public void Dispose()
    {
        registration.Dispose();
        source.Dispose();
    }
}
