namespace Defms.Gateway.Smtp.Sasl;

/// <summary>
/// Counts wrong passwords by where they come from, over all connections: after some, a network may not try for a while, right or wrong. Safe for use
/// by several threads.
/// </summary>
internal sealed class AuthGuard(TimeProvider time)
{
    /// <summary>A device with an old password tries a few times and then asks its person; a guesser gets a thousand a day.</summary>
    public const int MostFailures = 10;

    /// <summary>Networks remembered; the longest known give way, so that many guessers cost no memory.</summary>
    private const int MostNetworks = 10_000;

    public static readonly TimeSpan Period = TimeSpan.FromMinutes(15);

    private readonly Lock gate = new();
    private readonly Dictionary<string, (DateTimeOffset Since, int Failures)> networks = [];

    /// <param name="network">From <see cref="ClientNetwork.Of"/>.</param>
    public bool IsClosedTo(string network)
    {
        lock (gate)
            return networks.TryGetValue(network, out (DateTimeOffset Since, int Failures) known) && IsRecent(known.Since) && known.Failures >= MostFailures;
    }

    public void CountFailure(string network)
    {
        lock (gate)
        {
            bool isKnown = networks.TryGetValue(network, out (DateTimeOffset Since, int Failures) known) && IsRecent(known.Since);
            networks[network] = isKnown ? (known.Since, known.Failures + 1) : (time.GetUtcNow(), 1);
            if (networks.Count > MostNetworks)
                networks.Remove(networks.MinBy(each => each.Value.Since).Key);
        }
    }

    private bool IsRecent(DateTimeOffset since) => time.GetUtcNow() - since < Period;
}
