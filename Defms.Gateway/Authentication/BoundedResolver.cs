using System.Net;
using System.Net.Sockets;
using Defms.Gateway.Dns;

namespace Defms.Gateway.Authentication;

/// <summary>
/// The DNS as far as one message may use it: when the time or the number of questions is spent, every further answer is a temporary failure.
/// So a slow or endless DNS becomes a temperror in each check that still needed it, and nothing has to be undone.
/// </summary>
/// <param name="deadline">Cancelled when the time is over; the caller's own token passes through as an exception.</param>
internal sealed class BoundedResolver(IResolver inner, int maxQuestions, CancellationToken deadline) : IResolver
{
    private int asked;

    public Task<DnsAnswer<string>> TxtAsync(string name, CancellationToken cancellation) =>
        WithinAsync(token => inner.TxtAsync(name, token), cancellation);

    public Task<DnsAnswer<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellation) =>
        WithinAsync(token => inner.AddressesAsync(name, family, token), cancellation);

    public Task<DnsAnswer<MailExchange>> MxAsync(string name, CancellationToken cancellation) =>
        WithinAsync(token => inner.MxAsync(name, token), cancellation);

    public Task<DnsAnswer<string>> PtrAsync(IPAddress address, CancellationToken cancellation) =>
        WithinAsync(token => inner.PtrAsync(address, token), cancellation);

    private async Task<DnsAnswer<T>> WithinAsync<T>(Func<CancellationToken, Task<DnsAnswer<T>>> ask, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Interlocked.Increment(ref asked) > maxQuestions || deadline.IsCancellationRequested)
            return DnsAnswer<T>.Without(DnsOutcome.TemporaryFailure);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline, cancellation);
        try
        {
            return await ask(both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return DnsAnswer<T>.Without(DnsOutcome.TemporaryFailure);
        }
    }
}
