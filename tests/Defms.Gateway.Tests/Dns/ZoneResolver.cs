using System.Net;
using System.Net.Sockets;
using Defms.Gateway.Dns;

namespace Defms.Gateway.Tests.Dns;

/// <summary>
/// The DNS as a test wants it: records by name and type, names that never answer, and a count of what was asked. Follows aliases like a
/// recursive server.
/// </summary>
internal sealed class ZoneResolver : IResolver
{
    private readonly Dictionary<(string Name, string Type), List<object>> records = [];
    private readonly HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<(string Name, string Type)> failing = [];

    public int Asked { get; private set; }

    /// <summary>Waits for this before every answer, so that a test can be a slow DNS.</summary>
    public Func<CancellationToken, Task> Delay { get; set; } = _ => Task.CompletedTask;

    public ZoneResolver Txt(string name, params string[] texts) => Add(name, "TXT", texts);

    public ZoneResolver A(string name, params string[] addresses) => Add(name, "A", addresses.Select(IPAddress.Parse));

    public ZoneResolver Aaaa(string name, params string[] addresses) => Add(name, "AAAA", addresses.Select(IPAddress.Parse));

    public ZoneResolver Mx(string name, int preference, string host) => Add(name, "MX", [new MailExchange(preference, host)]);

    public ZoneResolver Ptr(string name, params string[] hosts) => Add(name, "PTR", hosts);

    public ZoneResolver Cname(string name, string target) => Add(name, "CNAME", [target]);

    /// <summary>Lookups of this type under this name end in a temporary failure.</summary>
    public ZoneResolver Failing(string name, string type)
    {
        failing.Add((Key(name), type));
        names.Add(Key(name));
        return this;
    }

    public Task<DnsAnswer<string>> TxtAsync(string name, CancellationToken cancellation) => FindAsync<string>(name, "TXT", cancellation);

    public Task<DnsAnswer<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellation) =>
        FindAsync<IPAddress>(name, family == AddressFamily.InterNetwork ? "A" : "AAAA", cancellation);

    public Task<DnsAnswer<MailExchange>> MxAsync(string name, CancellationToken cancellation) => FindAsync<MailExchange>(name, "MX", cancellation);

    public Task<DnsAnswer<string>> PtrAsync(IPAddress address, CancellationToken cancellation) =>
        FindAsync<string>(DnsName.Reverse(address), "PTR", cancellation);

    private static string Key(string name) => name.TrimEnd('.').ToLowerInvariant();

    private ZoneResolver Add(string name, string type, IEnumerable<object> content)
    {
        names.Add(Key(name));
        if (!records.TryGetValue((Key(name), type), out List<object>? list))
            records[(Key(name), type)] = list = [];
        list.AddRange(content);
        return this;
    }

    private async Task<DnsAnswer<T>> FindAsync<T>(string name, string type, CancellationToken cancellation)
    {
        Asked++;
        await Delay(cancellation);
        if (!DnsName.TryCanonical(name, out string at))
            return DnsAnswer<T>.Without(DnsOutcome.NoSuchName);
        for (int aliases = 0; aliases < 8; aliases++)
        {
            if (failing.Contains((at, type)))
                return DnsAnswer<T>.Without(DnsOutcome.TemporaryFailure);
            if (records.TryGetValue((at, type), out List<object>? found))
                return DnsAnswer<T>.Of([.. found.Cast<T>()]);
            if (!records.TryGetValue((at, "CNAME"), out List<object>? alias))
                return DnsAnswer<T>.Without(names.Contains(at) ? DnsOutcome.NoData : DnsOutcome.NoSuchName);
            at = Key((string)alias[0]);
        }

        return DnsAnswer<T>.Without(DnsOutcome.TemporaryFailure);
    }
}
