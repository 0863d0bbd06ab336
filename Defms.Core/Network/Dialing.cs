using System.Net;
using System.Net.Sockets;

namespace Defms.Core.Network;

/// <summary>An endpoint leads to a place that strangers must not send us to; the message is for the person.</summary>
internal sealed class PrivateAddressException(string message) : IOException(message);

/// <summary>
/// Opens connections for the HTTP client: resolves the name once, looks at the addresses, and connects to one of those it looked at. A name
/// that changes its address in between (DNS rebinding) gains nothing.
/// </summary>
/// <param name="resolve">Gives the addresses of a host name or of an address in text form.</param>
/// <param name="mayBePrivate">Whether addresses outside the public internet are taken.</param>
internal sealed class Dialing(Func<string, CancellationToken, Task<IPAddress[]>> resolve, bool mayBePrivate)
{
    /// <summary>A first address that swallows packets leaves time for the others.</summary>
    private static readonly TimeSpan PerAddress = TimeSpan.FromSeconds(4);

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        DnsEndPoint target = context.DnsEndPoint;
        IPAddress[] all = await ResolveAsync(target.Host, cancel);
        IPAddress[] allowed = mayBePrivate ? all : [.. all.Where(PublicAddresses.Contains)];
        if (allowed.Length == 0)
        {
            throw all.Length == 0 ? new SocketException((int)SocketError.HostNotFound) : new PrivateAddressException(
                $"{target.Host} leads to {all[0]}, which is not on the public internet; "
                + "only endpoints of a card that you entered yourself may ('defms contact add')");
        }
        return await ConnectToAnyAsync(allowed, target.Port, cancel);
    }

    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancel) =>
        IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? literal) ? [literal] : await resolve(host, cancel);

    private static async Task<Stream> ConnectToAnyAsync(IPAddress[] addresses, int port, CancellationToken cancel)
    {
        Exception? failure = null;
        for (int i = 0; i < addresses.Length; i++)
        {
            bool isLast = i == addresses.Length - 1;
            try
            {
                return await ConnectToAsync(addresses[i], port, isLast ? Timeout.InfiniteTimeSpan : PerAddress, cancel);
            }
            catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                failure = e;
            }
        }
        throw failure as SocketException ?? new SocketException((int)SocketError.TimedOut);
    }

    private static async Task<Stream> ConnectToAsync(IPAddress address, int port, TimeSpan limit, CancellationToken cancel)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            timer.CancelAfter(limit);
            await socket.ConnectAsync(new IPEndPoint(address, port), timer.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
