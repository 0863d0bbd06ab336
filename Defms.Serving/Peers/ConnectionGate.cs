using System.Net;
using Defms.Core.Replication;
using Microsoft.AspNetCore.Connections;

namespace Defms.Serving.Peers;

/// <summary>Closes connections of a network that has too many open.</summary>
internal sealed class ConnectionGate(Callers callers)
{
    private readonly Occupancy<string> open = new(ServerLimits.MaxConnectionsPerNetwork);

    public ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        IPAddress address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (callers.IsProxy(address))
        {
            await next(connection);
            return;
        }
        string network = QuarantineBudget.NetworkOf(address);
        if (!open.TryEnter(network))
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
            open.Leave(network);
        }
    };
}
