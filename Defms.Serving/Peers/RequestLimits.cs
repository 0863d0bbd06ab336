using System.Threading.RateLimiting;

namespace Defms.Serving.Peers;

/// <summary>How much one network may ask: so many requests at once and in a second, and far fewer that are at fault.</summary>
internal sealed class RequestLimits : IDisposable
{
    /// <summary>What a request at fault costs beyond a good one: whoever sends garbage is soon not listened to.</summary>
    private const int FaultCost = 100;

    /// <summary>A gateway brings ten thousand mails of an account, each a request of its own, in some seconds.</summary>
    private const int Burst = 20_000;

    private const int PerSecond = 5000;
    private const int AtOnce = 48;

    private readonly Occupancy<string> inside = new(AtOnce);

    private readonly PartitionedRateLimiter<string> rate = PartitionedRateLimiter.Create<string, string>(network =>
        RateLimitPartition.GetTokenBucketLimiter(network, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = Burst,
            TokensPerPeriod = PerSecond / 10,
            ReplenishmentPeriod = TimeSpan.FromMilliseconds(100),
            QueueLimit = 0,
        }));

    /// <summary>Lets a request in; the caller says when it has ended.</summary>
    public bool TryEnter(string network)
    {
        if (!inside.TryEnter(network))
            return false;
        using RateLimitLease lease = rate.AttemptAcquire(network);
        if (lease.IsAcquired)
            return true;
        inside.Leave(network);
        return false;
    }

    public void Leave(string network, bool wasAtFault)
    {
        inside.Leave(network);
        if (wasAtFault)
            rate.AttemptAcquire(network, FaultCost).Dispose();
    }

    public void Dispose() => rate.Dispose();
}
