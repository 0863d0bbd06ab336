using System.Net;
using Defms.Core;
using Defms.Gateway.Delivery.Routes;

namespace Defms.Gateway.Tests.Delivery.Fixtures;

/// <summary>A DNS that holds what a test wrote into it.</summary>
internal sealed class FakeExchangers : IMailExchangers
{
    private readonly Dictionary<string, Exchanger[]> exchangers = [];
    private readonly Dictionary<string, IPAddress[]> hosts = [];

    /// <summary>Names about which there is no answer.</summary>
    public HashSet<string> Broken { get; } = [];

    public FakeExchangers Mx(string domain, params (int Preference, string Host)[] found)
    {
        exchangers[domain] = [.. found.Select(each => new Exchanger(each.Preference, each.Host))];
        return this;
    }

    public FakeExchangers Host(string name, params string[] addresses)
    {
        hosts[name] = [.. addresses.Select(IPAddress.Parse)];
        return this;
    }

    public ValueTask<Lookup<Exchanger>> FindExchangersAsync(string domain, CancellationToken cancel) => ValueTask.FromResult(Of(exchangers, domain));

    public ValueTask<Lookup<IPAddress>> FindAddressesAsync(string host, CancellationToken cancel) => ValueTask.FromResult(Of(hosts, host));

    private Lookup<T> Of<T>(Dictionary<string, T[]> known, string name) =>
        Broken.Contains(name) ? new Lookup<T>(LookupOutcome.Failed, [])
        : !known.TryGetValue(name, out T[]? found) ? new Lookup<T>(LookupOutcome.NoSuchName, [])
        : new Lookup<T>(found.Length > 0 ? LookupOutcome.Found : LookupOutcome.Nothing, found);
}

/// <summary>Chance that is the same in every run. Not for keys.</summary>
internal sealed class SeededRandom(int seed) : RandomSource
{
#pragma warning disable RS0030 // The seed is in the test.
    private readonly Random random = new(seed);
#pragma warning restore RS0030

    public override void Fill(Span<byte> destination)
    {
        lock (random)
            random.NextBytes(destination);
    }
}
