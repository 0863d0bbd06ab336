using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Defms.Gateway.Delivery.Client;

/// <summary>
/// One connection to a server: commands out, replies in. What the network or the server does wrong becomes a fault that every later call
/// answers with; only the caller's cancellation throws. For one caller at a time.
/// </summary>
internal sealed class SmtpWire(Stream stream, TimeProvider time) : IAsyncDisposable
{
    private readonly byte[] buffer = new byte[4096];
    private Stream current = stream;
    private ReplyParser parser = new();
    private int start;
    private int end;

    /// <summary>Why the connection is of no further use; null while it is.</summary>
    public RemoteReply? Fault { get; private set; }

    /// <summary>Whether octets have come that no reply asked for has used.</summary>
    public bool HasBuffered => start < end || parser.IsInside;

    /// <summary>Ends the connection's use for a reason that only the caller can see.</summary>
    public RemoteReply Break(RemoteReply fault) => Fault ??= fault;

    /// <summary>Writes all of <paramref name="octets"/>; false where the connection is broken.</summary>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> octets, TimeSpan limit, CancellationToken cancel) =>
        Fault is null && await GuardAsync(
            async token =>
            {
                await current.WriteAsync(octets, token);
                await current.FlushAsync(token);
                return true;
            },
            limit, "the server did not take what was sent", cancel);

    /// <summary>The next reply, or the fault. The limit is for the whole reply.</summary>
    public async ValueTask<RemoteReply> ReadAsync(TimeSpan limit, CancellationToken cancel)
    {
        RemoteReply? reply = null;
        if (Fault is null)
            await GuardAsync(async token => (reply = await ReadReplyAsync(token)) is not null, limit, "the server did not answer", cancel);
        if (reply is { IsFault: true })
            Break(reply);
        return Fault ?? reply!;
    }

    /// <summary>
    /// Makes the connection a TLS one. Whatever came before the handshake was written by anybody on the way, so a connection with such octets
    /// is given up (RFC 3207, 4.2; CVE-2021-38371 is what happens otherwise).
    /// </summary>
    public async Task<bool> EncryptAsync(SslClientAuthenticationOptions options, TimeSpan limit, CancellationToken cancel)
    {
        if (HasBuffered)
            Break(RemoteReply.Fault("the server sent more than its answer before the TLS handshake; somebody on the way may have", new EnhancedCode(4, 7, 0)));
        if (Fault is not null)
            return false;
        var tls = new SslStream(current, leaveInnerStreamOpen: false);
        current = tls;
        parser = new ReplyParser();
        return await GuardAsync(
            async token =>
            {
                await tls.AuthenticateAsClientAsync(options, token);
                return true;
            },
            limit, "the TLS handshake did not end", cancel);
    }

    public ValueTask DisposeAsync() => current.DisposeAsync();

    private async Task<RemoteReply?> ReadReplyAsync(CancellationToken token)
    {
        while (true)
        {
            RemoteReply? reply = parser.Take(buffer.AsSpan(start, end - start), out int taken);
            start += taken;
            if (reply is not null)
                return reply;
            start = 0;
            end = await current.ReadAsync(buffer, token);
            if (end == 0)
                return RemoteReply.Fault("the server closed the connection without an answer");
        }
    }

    private async Task<bool> GuardAsync(Func<CancellationToken, Task<bool>> work, TimeSpan limit, string late, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            Break(RemoteReply.Fault($"{late} within {limit.TotalSeconds:0} seconds"));
        }
        catch (AuthenticationException e)
        {
            Break(RemoteReply.Fault($"the TLS handshake failed: {e.InnerException?.Message ?? e.Message}", new EnhancedCode(4, 7, 5)));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            Break(RemoteReply.Fault($"the connection broke: {(e.InnerException as SocketException ?? e).Message}"));
        }
        return false;
    }
}
