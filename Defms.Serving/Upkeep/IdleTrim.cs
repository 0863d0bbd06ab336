namespace Defms.Serving.Upkeep;

/// <summary>
/// Gives memory back to the system once work has ended: a collector that nobody asks for memory never looks what it could give back, and a
/// server that took in one large mail would hold its size until the next one.
/// </summary>
public sealed class IdleTrim(TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    /// <summary>An idle server's own ticking allocates far less between two looks.</summary>
    private const long IdleBytes = 1024 * 1024;

    /// <summary>Less than this is not worth a collection.</summary>
    private const long WorthBytes = 8 * 1024 * 1024;

    /// <summary>Ends when <paramref name="stop"/> asks for it.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        // Starting has left something, too.
        long trimmedAt = 0;
        long before = GC.GetTotalAllocatedBytes();
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                long now = GC.GetTotalAllocatedBytes();
                if (now - before < IdleBytes && now - trimmedAt > WorthBytes)
                {
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                    trimmedAt = now;
                }
                before = now;
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }
}
