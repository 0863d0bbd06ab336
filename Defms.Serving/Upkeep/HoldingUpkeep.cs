using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;
using Microsoft.Extensions.Logging;

namespace Defms.Serving.Upkeep;

/// <summary>Lets go of what is held here and was not fetched within the days agreed. What stops it (a locked store) is tried again with the next look.</summary>
public sealed class HoldingUpkeep(IStore<IReplicationTables> store, TimeProvider time, ILogger log)
{
    /// <summary>Days are agreed, so hours do.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromHours(1);

    /// <summary>Looks at once, then now and then; ends when <paramref name="stop"/> asks for it.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            do
            {
                TryRun();
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }

    /// <summary>One look; how many items went.</summary>
    public int Run()
    {
        int gone = 0;
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (ServedRow served in store.Read(tables => tables.Served.List()))
        {
            for (int batch = int.MaxValue; batch > 0; gone += batch)
                batch = store.Write(tables => HandOver.Expire(tables, served, now));
        }
        return gone;
    }

    private void TryRun()
    {
        try
        {
            if (Run() is > 0 and int gone)
                log.Expired(gone);
        }
        catch (Exception e)
        {
            log.UpkeepFailed(e);
        }
    }
}
