using System.Net;
using System.Runtime.CompilerServices;
using Defms.Core;
using Defms.Core.Network;
using Defms.Gateway.Delivery.Client;

namespace Defms.Gateway.Delivery.Routes;

/// <summary>Why there is no server to try, or no further one.</summary>
internal sealed record NoRoute(DeliveryOutcome Outcome, EnhancedCode Code, string Words);

/// <summary>How delivery finds servers.</summary>
internal sealed record RouteOptions
{
    /// <summary>Everything goes there where it is set.</summary>
    public Smarthost? Smarthost { get; init; }

    /// <summary>Names of this gateway: an exchanger of one of them, and all that come after it, are not tried (RFC 5321, 5.1).</summary>
    public required IReadOnlyCollection<string> OwnNames { get; init; }

    /// <summary>Whether exchangers may have addresses outside the public internet. Strangers write the DNS of their domains.</summary>
    public bool MayBePrivate { get; init; }

    /// <summary>The port of exchangers.</summary>
    public int Port { get; init; } = 25;
}

/// <summary>
/// The servers to try for a destination, best first: by preference, and among equals by lot (RFC 5321, 5.1). Addresses are looked up one host at
/// a time, when the hosts before have been tried.
/// </summary>
internal sealed class RouteFinder(IMailExchangers exchangers, RouteOptions options, RandomSource random)
{
    /// <summary>Hosts of one domain. The largest providers name five.</summary>
    private const int MaxHosts = 10;

    /// <summary>Addresses of one host.</summary>
    private const int MaxAddresses = 4;

    /// <summary>Why the last enumeration found nothing, or nothing more; what the first host met weighs most.</summary>
    public NoRoute? Why { get; private set; }

    public async IAsyncEnumerable<NextHop> FindAsync(Destination destination, [EnumeratorCancellation] CancellationToken cancel)
    {
        Why = null;
        if (destination.Literal() is { } literal)
        {
            if (IsAllowed(literal))
                yield return new NextHop(destination.Domain!, literal, options.Port);
            else
                Fail(DeliveryOutcome.Permanent, new EnhancedCode(5, 4, 4), $"{destination.Domain} is not on the public internet");
            yield break;
        }
        foreach (string host in await HostsAsync(destination, cancel))
        {
            foreach (IPAddress address in await AddressesAsync(host, cancel))
                yield return new NextHop(host, address, options.Smarthost?.Port ?? options.Port);
        }
    }

    private async ValueTask<IReadOnlyList<string>> HostsAsync(Destination destination, CancellationToken cancel)
    {
        if (options.Smarthost is { } smarthost)
            return [smarthost.Host];
        string domain = destination.Domain!;
        Lookup<Exchanger> lookup = await exchangers.FindExchangersAsync(domain, cancel);
        return lookup.Outcome switch
        {
            LookupOutcome.Found => Order(domain, lookup.Found),
            LookupOutcome.Nothing => [domain],
            LookupOutcome.NoSuchName => Fail(DeliveryOutcome.Permanent, new EnhancedCode(5, 1, 2), $"there is no domain {domain}"),
            _ => Fail(DeliveryOutcome.Temporary, new EnhancedCode(4, 4, 3), $"the DNS gives no answer about {domain}"),
        };
    }

    private IReadOnlyList<string> Order(string domain, IReadOnlyList<Exchanger> found)
    {
        if (found.All(each => each.Host.Trim('.').Length == 0))
            return Fail(DeliveryOutcome.Permanent, new EnhancedCode(5, 1, 10), $"{domain} takes no mail (null MX)");
        int own = found.Where(each => options.OwnNames.Contains(each.Host, StringComparer.OrdinalIgnoreCase))
            .Select(each => each.Preference).DefaultIfEmpty(int.MaxValue).Min();
        List<Exchanger> before = [.. found.Where(each => each.Preference < own && each.Host.Trim('.').Length > 0)];
        if (before.Count == 0)
            return Fail(DeliveryOutcome.Permanent, new EnhancedCode(5, 4, 6), $"mail for {domain} would come back to this gateway, which does not serve it");
        return [.. before.OrderBy(each => each.Preference).ThenBy(_ => BitConverter.ToUInt32(random.Bytes(4))).Select(each => each.Host).Take(MaxHosts)];
    }

    private async ValueTask<IReadOnlyList<IPAddress>> AddressesAsync(string host, CancellationToken cancel)
    {
        Lookup<IPAddress> lookup = IPAddress.TryParse(host, out IPAddress? literal)
            ? new Lookup<IPAddress>(LookupOutcome.Found, [literal])
            : await exchangers.FindAddressesAsync(host, cancel);
        IPAddress[] allowed = [.. lookup.Found.Where(IsAllowed).Take(MaxAddresses)];
        if (allowed.Length > 0)
            return allowed;
        if (lookup.Found.Count > 0)
            Fail(DeliveryOutcome.Permanent, new EnhancedCode(5, 4, 4), $"{host} leads to {lookup.Found[0]}, which is not on the public internet");
        else if (lookup.Outcome == LookupOutcome.Failed)
            Fail(DeliveryOutcome.Temporary, new EnhancedCode(4, 4, 3), $"the DNS gives no address of {host}");
        else
            Fail(DeliveryOutcome.Permanent, new EnhancedCode(5, 4, 4), $"{host} has no address");
        return [];
    }

    /// <summary>A smarthost was entered by hand; the DNS of strangers is not.</summary>
    private bool IsAllowed(IPAddress address) => options.MayBePrivate || options.Smarthost is not null || PublicAddresses.Contains(address);

    /// <summary>A temporary reason outweighs permanent ones: another host may have been right.</summary>
    private IReadOnlyList<string> Fail(DeliveryOutcome outcome, EnhancedCode code, string words)
    {
        if (Why is null || (Why.Outcome == DeliveryOutcome.Permanent && outcome == DeliveryOutcome.Temporary))
            Why = new NoRoute(outcome, code, words);
        return [];
    }
}
