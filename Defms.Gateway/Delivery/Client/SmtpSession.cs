using System.Text;
using Defms.Core;
using Defms.Gateway.Delivery.Transmission;

namespace Defms.Gateway.Delivery.Client;

/// <summary>An open session with one server, for one mail after another. For one caller at a time.</summary>
internal sealed class SmtpSession : IAsyncDisposable
{
    private readonly SmtpWire wire;
    private readonly ServerFeatures features;
    private readonly SmtpTimeouts timeouts;
    private bool isMidway;

    private SmtpSession(SmtpWire wire, ServerFeatures features, TlsState tls, SmtpTimeouts timeouts, string remote)
    {
        this.wire = wire;
        this.features = features;
        this.timeouts = timeouts;
        Tls = tls;
        Remote = remote;
    }

    /// <summary>The server, for reports.</summary>
    public string Remote { get; }

    public TlsState Tls { get; }

    /// <summary>How many mails were sent or tried.</summary>
    public int Mails { get; private set; }

    /// <summary>False when the connection broke or the server takes no more.</summary>
    public bool IsUsable => wire.Fault is null;

    /// <summary>Opens a session on a new connection, which it owns from here on; without a session it is closed.</summary>
    public static async Task<(SmtpSession? Session, OpeningFailure? Failure)> OpenAsync(
        Stream connection, string remote, SessionTerms terms, TimeProvider time, RandomSource random, CancellationToken cancel)
    {
        var wire = new SmtpWire(connection, time);
        bool isOpen = false;
        try
        {
            var opener = new SessionOpener(wire, terms, random);
            OpeningFailure? failure = await opener.RunAsync(cancel);
            isOpen = failure is null;
            return (isOpen ? new SmtpSession(wire, opener.Features, opener.Tls, terms.Timeouts, remote) : null, failure);
        }
        finally
        {
            if (!isOpen)
                await CloseAsync(wire, terms.Timeouts);
        }
    }

    /// <summary>Sends one mail. What goes wrong is in the results.</summary>
    public async Task<TransactionResult> SendAsync(PreparedMail mail, IReadOnlyList<MailRecipient> recipients, CancellationToken cancel)
    {
        Mails++;
        if (isMidway)
            await ResetAsync(cancel);
        TransactionResult result = await new MailTransaction(wire, features, timeouts, Remote, Tls).RunAsync(mail, recipients, cancel);
        isMidway = !result.Results.Any(each => each.Outcome == DeliveryOutcome.Delivered);
        return result;
    }

    /// <summary>Says QUIT where the server still listens, and closes.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync(wire, timeouts);

    private static async Task CloseAsync(SmtpWire wire, SmtpTimeouts timeouts)
    {
        if (await wire.WriteAsync("QUIT\r\n"u8.ToArray(), timeouts.Quit, CancellationToken.None))
            await wire.ReadAsync(timeouts.Quit, CancellationToken.None);
        await wire.DisposeAsync();
    }

    private async Task ResetAsync(CancellationToken cancel)
    {
        await wire.WriteAsync(Encoding.ASCII.GetBytes("RSET\r\n"), timeouts.MailFrom, cancel);
        RemoteReply reply = await wire.ReadAsync(timeouts.MailFrom, cancel);
        if (!reply.IsPositive)
            wire.Break(RemoteReply.Fault($"the server answered RSET with {reply.Verbatim}"));
    }
}
