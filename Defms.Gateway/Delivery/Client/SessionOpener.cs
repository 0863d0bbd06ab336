using System.Text;
using Defms.Core;

namespace Defms.Gateway.Delivery.Client;

/// <summary>Why a session could not be opened.</summary>
/// <param name="Reply">What the server said, or the fault.</param>
/// <param name="IsHandshake">The TLS handshake failed, so that a try without TLS may succeed.</param>
internal sealed record OpeningFailure(RemoteReply Reply, bool IsHandshake);

/// <summary>Brings a new connection to where mail can be sent: greeting, EHLO, TLS, EHLO again, AUTH.</summary>
internal sealed class SessionOpener(SmtpWire wire, SessionTerms terms, RandomSource random)
{
    private static readonly EnhancedCode NeedsTls = new(4, 7, 10);

    public ServerFeatures Features { get; private set; } = ServerFeatures.None;

    public TlsState Tls { get; private set; } = TlsState.Clear;

    /// <summary>Null when the session is open.</summary>
    public async Task<OpeningFailure?> RunAsync(CancellationToken cancel)
    {
        if (terms.Tls == TlsPolicy.Implicit && await EncryptAsync(cancel) is { } noTls)
            return noTls;
        RemoteReply greeting = await wire.ReadAsync(terms.Timeouts.Greeting, cancel);
        if (greeting.Code != 220)
            return new OpeningFailure(greeting, IsHandshake: false);
        return await HelloAsync(cancel) ?? await StartTlsAsync(cancel) ?? await AuthenticateAsync(cancel);
    }

    private async Task<OpeningFailure?> HelloAsync(CancellationToken cancel)
    {
        Features = ServerFeatures.None;
        RemoteReply reply = await AskAsync($"EHLO {terms.OwnName}", cancel);
        if (reply.Code == 250)
            Features = ServerFeatures.Of(reply);
        else if (reply.IsPermanent)
            reply = await AskAsync($"HELO {terms.OwnName}", cancel);
        return reply.Code == 250 ? null : new OpeningFailure(reply, IsHandshake: false);
    }

    private async Task<OpeningFailure?> StartTlsAsync(CancellationToken cancel)
    {
        if (terms.Tls is TlsPolicy.Implicit or TlsPolicy.None)
            return null;
        if (!Features.StartTls)
            return terms.Tls == TlsPolicy.Required ? Refuse("TLS is required, and the server does not offer it") : null;
        RemoteReply reply = await AskAsync("STARTTLS", cancel);
        if (reply.IsFault || reply.IsClosing)
            return new OpeningFailure(reply, IsHandshake: false);
        if (reply.Code != 220)
            return terms.Tls == TlsPolicy.Required ? Refuse($"TLS is required, and the server said: {reply.Verbatim}") : null;
        return await EncryptAsync(cancel) ?? await HelloAsync(cancel);
    }

    private async Task<OpeningFailure?> EncryptAsync(CancellationToken cancel)
    {
        bool isInjected = wire.HasBuffered;
        if (await Handshake.RunAsync(wire, terms, cancel) is { } tls)
        {
            Tls = tls;
            return null;
        }
        // Octets before the handshake are an attack, not a server without TLS: then no second try in the clear.
        return new OpeningFailure(wire.Fault!, IsHandshake: !isInjected);
    }

    private async Task<OpeningFailure?> AuthenticateAsync(CancellationToken cancel)
    {
        if (terms.Credentials is not { } credentials)
            return null;
        if (!Tls.IsVerified)
            return Refuse("a password is sent only over TLS with a valid certificate");
        return await new Authenticator(wire, terms, credentials, random).RunAsync(Features, cancel) is { } reply
            ? new OpeningFailure(reply, IsHandshake: false)
            : null;
    }

    private OpeningFailure Refuse(string words) => new(wire.Break(RemoteReply.Fault(words, NeedsTls)), IsHandshake: false);

    private async Task<RemoteReply> AskAsync(string command, CancellationToken cancel)
    {
        await wire.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), terms.Timeouts.Hello, cancel);
        return await wire.ReadAsync(terms.Timeouts.Hello, cancel);
    }
}
