using System.Net;

namespace Defms.Gateway.Dns;

/// <summary>Whom to ask and how patiently.</summary>
public sealed record ResolverOptions
{
    private const int DnsPort = 53;

    // What resolv.conf(5) itself reads.
    private const int MaxServers = 3;
    private const int MaxSearch = 6;
    private const int MaxTimeoutSeconds = 30;
    private const int MaxAttempts = 5;

    /// <summary>Tried in order, each round from the first.</summary>
    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [new(IPAddress.Loopback, DnsPort)];

    /// <summary>Domains that complete a relative name; used by <see cref="DnsResolver.HostAsync"/> only.</summary>
    public IReadOnlyList<string> Search { get; init; } = [];

    /// <summary>How long one exchange with one server may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the list of servers is gone through.</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>
    /// Reads the text of a resolv.conf: nameserver, search (the last one), and of options timeout and attempts. Unknown lines and values are passed
    /// over, as the C library does; without a nameserver it is the one on this machine.
    /// </summary>
    public static ResolverOptions Parse(string text)
    {
        var servers = new List<IPEndPoint>();
        var options = new ResolverOptions();
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2)
                continue;
            if (words[0] == "nameserver" && servers.Count < MaxServers && IPAddress.TryParse(words[1], out IPAddress? address))
                servers.Add(new IPEndPoint(address, DnsPort));
            else if (words[0] is "search" or "domain")
                options = options with { Search = [.. words.Skip(1).Take(MaxSearch).Where(domain => domain != ".")] };
            else if (words[0] == "options")
                options = words.Skip(1).Aggregate(options, (current, word) => current.With(word));
        }

        return servers.Count == 0 ? options : options with { Servers = servers };
    }

    private ResolverOptions With(string option)
    {
        int colon = option.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !int.TryParse(option.AsSpan(colon + 1), out int value) || value < 1)
            return this;
        return option[..colon] switch
        {
            "timeout" => this with { Timeout = TimeSpan.FromSeconds(Math.Min(value, MaxTimeoutSeconds)) },
            "attempts" => this with { Attempts = Math.Min(value, MaxAttempts) },
            _ => this,
        };
    }
}
