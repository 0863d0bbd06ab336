using System.Net;
using System.Net.Sockets;
using Defms.Gateway.Delivery.Routes;
using Defms.Gateway.Dns;

namespace Defms.Gateway.Accounts;

/// <summary>Where mail goes, by our own resolver.</summary>
internal sealed class DnsExchangers(IResolver resolver) : IMailExchangers
{
    public async ValueTask<Lookup<Exchanger>> FindExchangersAsync(string domain, CancellationToken cancel)
    {
        DnsAnswer<MailExchange> answer = await resolver.MxAsync(domain, cancel);
        return new(OutcomeOf(answer.Outcome), [.. answer.Records.Select(record => new Exchanger(record.Preference, record.Host.TrimEnd('.')))]);
    }

    public async ValueTask<Lookup<IPAddress>> FindAddressesAsync(string host, CancellationToken cancel)
    {
        DnsAnswer<IPAddress> six = await resolver.AddressesAsync(host, AddressFamily.InterNetworkV6, cancel);
        DnsAnswer<IPAddress> four = await resolver.AddressesAsync(host, AddressFamily.InterNetwork, cancel);
        IPAddress[] found = [.. six.Records, .. four.Records];
        LookupOutcome outcome = found.Length > 0 ? LookupOutcome.Found
            : six.Outcome == DnsOutcome.TemporaryFailure || four.Outcome == DnsOutcome.TemporaryFailure ? LookupOutcome.Failed
            : OutcomeOf(four.Outcome);
        return new(outcome, found);
    }

    private static LookupOutcome OutcomeOf(DnsOutcome outcome) => outcome switch
    {
        DnsOutcome.Found => LookupOutcome.Found,
        DnsOutcome.NoSuchName => LookupOutcome.NoSuchName,
        DnsOutcome.TemporaryFailure => LookupOutcome.Failed,
        _ => LookupOutcome.Nothing,
    };
}
