using System.Net;
using Defms.Core;
using Defms.Core.Replication;
using Defms.Gateway.Smtp.Sasl;
using Defms.Gateway.Smtp.Wire;
using Defms.Serving;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Defms.Gateway.Smtp;

/// <summary>
/// Takes mail by SMTP on the ports of its options. It lives in a Kestrel that others may use too: <see cref="Listen"/> adds its ports, and
/// Kestrel's own stop lets sessions end (421 at their next command; mails under way are finished within the host's time to stop).
/// </summary>
internal sealed class SmtpServer : IDisposable
{
    /// <summary>What a socket may hold unread, a few windows' worth; for Kestrel's SocketTransportOptions.MaxReadBufferSize.</summary>
    public const int MaxReadBuffer = 64 * 1024;

    private readonly SmtpParts parts;
    private readonly Seats seats;
    private readonly CancellationTokenSource aborted = new();
    private readonly List<ListenOptions> listening = [];

    /// <param name="credentials">Null where nobody submits mail.</param>
    /// <param name="certificate">Null for no TLS at all; then submission ports take no mail.</param>
    public SmtpServer(
        SmtpOptions options, IMailDesk desk, ISmtpCredentials? credentials, ServerCertificate? certificate,
        TimeProvider time, RandomSource random, ILogger<SmtpServer> log)
    {
        Passwords? passwords = credentials is null ? null : new Passwords(credentials, random);
        TlsUpgrade? tls = certificate is null ? null : new TlsUpgrade(certificate);
        var budget = new OctetBudget(options.Limits.AllMails);
        parts = new SmtpParts(options, desk, passwords, new AuthGuard(time), tls, budget, time, log, aborted.Token);
        seats = new Seats(options.Limits.Connections, options.Limits.ConnectionsPerAddress);
    }

    /// <summary>Where it listens, in the order of the options; with the ports that were taken once Kestrel runs.</summary>
    public IReadOnlyList<IPEndPoint> Addresses => [.. listening.Select(listen => listen.IPEndPoint!)];

    /// <summary>Sessions open now.</summary>
    public int Sessions => seats.Count;

    /// <summary>Octets of mails being received now.</summary>
    public long OctetsHeld => parts.Budget.Used;

    public void Listen(KestrelServerOptions kestrel)
    {
        foreach (SmtpListener listener in parts.Options.Listeners)
        {
            kestrel.Listen(listener.Address, listen =>
            {
                listening.Add(listen);
                listen.Run(connection => ServeAsync(connection, listener.Port));
            });
        }
    }

    /// <summary>Cancels what the desk still does.</summary>
    public void Dispose()
    {
        aborted.Cancel();
        aborted.Dispose();
        parts.Passwords?.Dispose();
    }

    private async Task ServeAsync(ConnectionContext connection, SmtpPort port)
    {
        var address = connection.RemoteEndPoint as IPEndPoint;
        IPAddress client = address?.Address ?? IPAddress.None;
        Seat? seat = seats.TryTake(
            ClientNetwork.Of(client), QuarantineBudget.NetworkOf(client), () => connection.Abort(new ConnectionAbortedException("others need the connection")));
        if (seat is null)
        {
            await TurnAwayAsync(connection, port);
            return;
        }
        try
        {
            await TalkAsync(connection, port, address, seat);
        }
        finally
        {
            seats.Leave(seat);
        }
    }

    /// <summary>The one place where a connection's failures end.</summary>
    private async Task TalkAsync(ConnectionContext connection, SmtpPort port, IPEndPoint? address, Seat seat)
    {
        CancellationToken stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        try
        {
            await using var session = new SmtpSession(parts, port, address, connection.Transport) { Understood = seat.Use };
            await session.RunAsync(stopping);
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException or OperationCanceledException)
        {
            parts.Log.Broke(e.Message);
        }
        catch (Exception e)
        {
            parts.Log.SessionFailed(e);
        }
    }

    private async Task TurnAwayAsync(ConnectionContext connection, SmtpPort port)
    {
        parts.Log.TurnedAway();
        if (port == SmtpPort.SecureSubmission)
            return;
        using var wire = new SmtpWire(connection.Transport, parts.Limits, parts.Time);
        wire.Write(SmtpReply.TooManyConnections);
        await wire.FlushAsync();
    }
}
