namespace Defms.Core.Network;

/// <summary>Ends one request when nothing has moved for too long, or when the caller says so.</summary>
internal sealed class Patience : IDisposable
{
    private readonly CancellationTokenSource source;
    private readonly CancellationToken caller;
    private TimeSpan current;

    public Patience(HttpPeerLimits limits, CancellationToken caller)
    {
        Limits = limits;
        this.caller = caller;
        source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        Begin(limits.Connect + limits.Idle);
    }

    public HttpPeerLimits Limits { get; }

    public CancellationToken Token => source.Token;

    /// <summary>Whether it was time that ended the request, and not the caller.</summary>
    public bool RanOut => source.IsCancellationRequested && !caller.IsCancellationRequested;

    /// <summary>How long nothing has moved when it ran out.</summary>
    public TimeSpan Waited => current;

    /// <summary>Bytes have moved.</summary>
    public void Moved() => Begin(Limits.Idle);

    /// <summary>Everything is sent; now the other side works.</summary>
    public void AwaitAnswer(TimeSpan longer) => Begin(Limits.Answer + longer);

    public void Dispose() => source.Dispose();

    private void Begin(TimeSpan wait)
    {
        current = wait;
        source.CancelAfter(wait);
    }
}
