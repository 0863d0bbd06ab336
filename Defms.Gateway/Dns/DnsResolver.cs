using System.Net;
using System.Net.Sockets;
using Defms.Core;

namespace Defms.Gateway.Dns;

/// <summary>
/// A stub resolver: asks recursive servers, which are believed. Each exchange with a server has <see cref="ResolverOptions.Timeout"/>; a
/// lookup ends after attempts × servers of them, or with the caller's patience.
/// </summary>
public sealed class DnsResolver : IResolver
{
    private readonly ResolverOptions options;
    private readonly TimeProvider time;
    private readonly DnsExchange exchange;
    private readonly DnsCache cache;

    public DnsResolver(ResolverOptions options, TimeProvider time, RandomSource random)
        : this(options, time, random, new DnsCache(time))
    {
    }

    internal DnsResolver(ResolverOptions options, TimeProvider time, RandomSource random, DnsCache cache)
    {
        if (options.Servers.Count == 0 || options.Attempts < 1)
            throw new ArgumentException("A resolver needs a server to ask and an attempt.", nameof(options));
        this.options = options;
        this.time = time;
        this.cache = cache;
        exchange = new DnsExchange(random);
    }

    public async Task<DnsAnswer<string>> TxtAsync(string name, CancellationToken cancellation) =>
        Map(await LookUpAsync(name, DnsType.Txt, cancellation), record => record.Text);

    public async Task<DnsAnswer<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellation) =>
        Map(await LookUpAsync(name, TypeOf(family), cancellation), record => new IPAddress(record.Address!));

    public async Task<DnsAnswer<MailExchange>> MxAsync(string name, CancellationToken cancellation)
    {
        DnsReply reply = await LookUpAsync(name, DnsType.Mx, cancellation);
        return Map(reply with { Records = [.. reply.Records.OrderBy(record => record.Number)] }, record => new MailExchange(record.Number, record.Text));
    }

    public async Task<DnsAnswer<string>> PtrAsync(IPAddress address, CancellationToken cancellation) =>
        Map(await LookUpAsync(DnsName.Reverse(address), DnsType.Ptr, cancellation), record => record.Text);

    /// <summary>
    /// The addresses of a host as a person wrote it into a configuration, for example a smarthost: a name without a dot is completed by the search list
    /// first. IPv6 addresses stand before IPv4 ones. Not for names that come from mail.
    /// </summary>
    public async Task<DnsAnswer<IPAddress>> HostAsync(string host, CancellationToken cancellation)
    {
        IEnumerable<string> names = host.Contains('.', StringComparison.Ordinal) ? [host] : [.. options.Search.Select(domain => $"{host}.{domain}"), host];
        DnsAnswer<IPAddress> last = DnsAnswer<IPAddress>.Without(DnsOutcome.NoSuchName);
        foreach (string name in names)
        {
            last = await BothFamiliesAsync(name, cancellation);
            if (!last.IsVoid)
                break;
        }

        return last;
    }

    private async Task<DnsAnswer<IPAddress>> BothFamiliesAsync(string name, CancellationToken cancellation)
    {
        DnsAnswer<IPAddress> six = await AddressesAsync(name, AddressFamily.InterNetworkV6, cancellation);
        DnsAnswer<IPAddress> four = await AddressesAsync(name, AddressFamily.InterNetwork, cancellation);
        if (six.IsFound || four.IsFound)
            return DnsAnswer<IPAddress>.Of([.. six.Records, .. four.Records]);
        return six.Outcome == DnsOutcome.TemporaryFailure ? six : four;
    }

    private static DnsType TypeOf(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => DnsType.A,
        AddressFamily.InterNetworkV6 => DnsType.Aaaa,
        _ => throw new ArgumentOutOfRangeException(nameof(family), family, "The DNS has addresses of IPv4 and IPv6."),
    };

    private static DnsAnswer<T> Map<T>(DnsReply reply, Func<DnsRecord, T> content) => new(reply.Outcome, [.. reply.Records.Select(content)]);

    private async Task<DnsReply> LookUpAsync(string name, DnsType type, CancellationToken cancellation)
    {
        if (!DnsName.TryCanonical(name, out string canonical))
            return new DnsReply(DnsOutcome.NoSuchName, [], TimeSpan.Zero);
        var question = new DnsQuestion(canonical, type);
        if (cache.Find(question) is { } known)
            return known;
        DnsReply reply = await FollowAsync(question, cancellation);
        cache.Add(question, reply);
        return reply;
    }

    /// <summary>Most servers send an alias with the records it leads to; where one does not, the end of the chain is asked for.</summary>
    private async Task<DnsReply> FollowAsync(DnsQuestion question, CancellationToken cancellation)
    {
        TimeSpan lifetime = TimeSpan.MaxValue;
        for (int asked = 0; asked <= DnsResponse.MaxAliases; asked++)
        {
            DnsReply reply = await AskAsync(question, cancellation);
            lifetime = reply.TimeToLive < lifetime ? reply.TimeToLive : lifetime;
            if (reply.Alias is null)
                return reply with { TimeToLive = lifetime };
            question = question with { Name = reply.Alias };
        }

        return DnsReply.Failure;
    }

    private async Task<DnsReply> AskAsync(DnsQuestion question, CancellationToken cancellation)
    {
        for (int attempt = 0; attempt < options.Attempts; attempt++)
        {
            foreach (IPEndPoint server in options.Servers)
            {
                DnsReply? reply = await AskAsync(server, question, cancellation);
                if (reply is { Outcome: not DnsOutcome.TemporaryFailure })
                    return reply;
            }
        }

        return DnsReply.Failure;
    }

    private async Task<DnsReply?> AskAsync(IPEndPoint server, DnsQuestion question, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(options.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            return await exchange.AskAsync(server, question, both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }
}
