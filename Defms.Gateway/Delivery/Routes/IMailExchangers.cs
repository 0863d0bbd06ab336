using System.Net;

namespace Defms.Gateway.Delivery.Routes;

/// <summary>How a question to the DNS ended.</summary>
internal enum LookupOutcome
{
    Found,

    /// <summary>The name exists and has none of what was asked for.</summary>
    Nothing,

    /// <summary>There is no such name.</summary>
    NoSuchName,

    /// <summary>Nobody knows now.</summary>
    Failed,
}

/// <summary>One mail exchanger (RFC 5321, 5.1); an empty host is the null MX (RFC 7505). Without a dot at its end.</summary>
internal sealed record Exchanger(int Preference, string Host);

/// <summary>What the DNS says; the list is empty unless the outcome is <see cref="LookupOutcome.Found"/>.</summary>
internal sealed record Lookup<T>(LookupOutcome Outcome, IReadOnlyList<T> Found);

/// <summary>The two questions that delivery asks of the DNS. Implementations limit their time and do not throw for what others do wrong.</summary>
internal interface IMailExchangers
{
    /// <param name="domain">In ASCII.</param>
    ValueTask<Lookup<Exchanger>> FindExchangersAsync(string domain, CancellationToken cancel);

    /// <summary>The IPv6 and IPv4 addresses of a host. <see cref="LookupOutcome.Found"/> where one of both questions found any.</summary>
    ValueTask<Lookup<IPAddress>> FindAddressesAsync(string host, CancellationToken cancel);
}
