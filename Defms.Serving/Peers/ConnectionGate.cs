using System.Net;
using Defms.Core.Replication;
using Microsoft.AspNetCore.Connections;

namespace Defms.Serving.Peers;

/// <summary>Closes connections of a network that has too many open, and the oldest of who has most when there are too many in all.</summary>
internal sealed class ConnectionGate(Callers callers)
{
    private readonly Seats seats = new(ServerLimits.MaxConnections, ServerLimits.MaxConnectionsPerNetwork);

    public ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        IPAddress address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (callers.IsProxy(address))
        {
            await next(connection);
            return;
        }
        string network = QuarantineBudget.NetworkOf(address);
        Seat? seat = seats.TryTake(network, network, () => connection.Abort(new ConnectionAbortedException("others need the connection")));
        if (seat is null)
        {
            connection.Abort(new ConnectionAbortedException("too many connections from this network"));
            return;
        }
        try
        {
            await next(connection);
        }
        finally
        {
            seats.Leave(seat);
        }
    };
}
