using System.Net;
using System.Net.Sockets;
using Defms.Core;
using Defms.Gateway.Delivery.Client;
using Defms.Gateway.Delivery.Routes;
using Defms.Gateway.Delivery.Transmission;

namespace Defms.Gateway.Delivery;

/// <summary>How servers are spoken to.</summary>
internal sealed record CarrierOptions
{
    /// <summary>What EHLO says; also this gateway's name in Received.</summary>
    public required string OwnName { get; init; }

    /// <summary>Of connections to exchangers; a smarthost has a policy of its own.</summary>
    public TlsPolicy Tls { get; init; } = TlsPolicy.Opportunistic;

    /// <summary>Domains, in ASCII, whose exchangers get mail over TLS with a valid certificate or not at all.</summary>
    public IReadOnlySet<string> TlsRequiredFor { get; init; } = new HashSet<string>();

    public SmtpTimeouts Timeouts { get; init; } = SmtpTimeouts.Default;

    /// <summary>Addresses tried in one attempt; the next attempt begins again with the best ones.</summary>
    public int MaxTries { get; init; } = 6;

    public System.Security.Cryptography.X509Certificates.X509Certificate2Collection? Roots { get; init; }
}

/// <summary>What one attempt came to.</summary>
/// <param name="Results">One for each recipient, in their order.</param>
/// <param name="Session">Still open; the caller may use it for the next mail to this destination and must dispose it.</param>
/// <param name="IsUnreachable">No server of the destination let us in, so other mails need not try now.</param>
internal sealed record CarriedMail(IReadOnlyList<RecipientResult> Results, SmtpSession? Session, bool IsUnreachable);

/// <summary>Takes a mail to the first server of a destination that lets it in. Safe for several callers at once.</summary>
internal sealed class MailCarrier(
    IMailExchangers exchangers, RouteOptions routes, CarrierOptions options, IDialer dialer, TimeProvider time, RandomSource random)
{
    /// <param name="kept">An open session with the destination, or null; it belongs to the carrier from here on.</param>
    public async Task<CarriedMail> CarryAsync(
        Destination destination, PreparedMail mail, IReadOnlyList<MailRecipient> recipients, SmtpSession? kept, CancellationToken cancel)
    {
        var attempt = new Attempt(mail, recipients);
        if (kept is not null && await attempt.UseAsync(kept, cancel))
            return attempt.End();
        var finder = new RouteFinder(exchangers, routes, random);
        int tries = 0;
        await foreach (NextHop hop in finder.FindAsync(destination, cancel))
        {
            (SmtpSession? session, RemoteReply? failure) = await OpenAsync(hop, PolicyFor(destination), cancel);
            if (session is null)
                attempt.Refuse(hop, failure!);
            else if (await attempt.UseAsync(session, cancel))
                return attempt.End();
            if (++tries == options.MaxTries)
                break;
        }
        attempt.Settle(finder.Why);
        return attempt.End();
    }

    /// <summary>A server whose TLS does not work still gets the mail in the clear, where the policy leaves that open (RFC 7435).</summary>
    private async Task<(SmtpSession? Session, RemoteReply? Failure)> OpenAsync(NextHop hop, TlsPolicy policy, CancellationToken cancel)
    {
        (SmtpSession? session, OpeningFailure? failure) = await TryOpenAsync(hop, policy, cancel);
        if (policy == TlsPolicy.Opportunistic && failure is { IsHandshake: true })
            (session, failure) = await TryOpenAsync(hop, TlsPolicy.None, cancel);
        return (session, failure?.Reply);
    }

    private TlsPolicy PolicyFor(Destination destination) =>
        routes.Smarthost?.Tls ?? (destination.Domain is { } domain && options.TlsRequiredFor.Contains(domain) ? TlsPolicy.Required : options.Tls);

    private async Task<(SmtpSession? Session, OpeningFailure? Failure)> TryOpenAsync(NextHop hop, TlsPolicy policy, CancellationToken cancel)
    {
        (Stream? connection, RemoteReply? fault) = await DialAsync(hop, cancel);
        if (connection is null)
            return (null, new OpeningFailure(fault!, IsHandshake: false));
        var terms = new SessionTerms(hop.Name, policy)
        {
            OwnName = options.OwnName,
            Credentials = routes.Smarthost?.Credentials,
            Timeouts = options.Timeouts,
            Roots = options.Roots,
        };
        return await SmtpSession.OpenAsync(connection, hop.ToString(), terms, time, random, cancel);
    }

    private async Task<(Stream? Connection, RemoteReply? Fault)> DialAsync(NextHop hop, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(options.Timeouts.Connect, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        EnhancedCode noAnswer = new(4, 4, 1);
        try
        {
            return (await dialer.ConnectAsync(new IPEndPoint(hop.Address, hop.Port), either.Token), null);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, RemoteReply.Fault($"no connection to {hop} within {options.Timeouts.Connect.TotalSeconds:0} seconds", noAnswer));
        }
        catch (SocketException e)
        {
            return (null, RemoteReply.Fault($"no connection to {hop}: {e.Message}", noAnswer));
        }
    }

    /// <summary>What is settled and what is still open while one server after another is tried.</summary>
    private sealed class Attempt(PreparedMail mail, IReadOnlyList<MailRecipient> recipients)
    {
        private readonly RecipientResult?[] results = new RecipientResult?[recipients.Count];
        private SmtpSession? session;
        private bool wasLetIn;

        /// <summary>True when nothing is left for another server.</summary>
        public async Task<bool> UseAsync(SmtpSession opened, CancellationToken cancel)
        {
            int[] open = [.. Enumerable.Range(0, recipients.Count).Where(i => results[i] is not { Outcome: not DeliveryOutcome.Temporary })];
            bool isKept = false;
            try
            {
                TransactionResult result = await opened.SendAsync(mail, [.. open.Select(i => recipients[i])], cancel);
                for (int i = 0; i < open.Length; i++)
                    results[open[i]] = result.Results[i];
                wasLetIn |= opened.IsUsable || !result.MayTryElsewhere;
                isKept = !result.MayTryElsewhere && opened.IsUsable;
                session = isKept ? opened : null;
                return !result.MayTryElsewhere;
            }
            finally
            {
                if (!isKept)
                    await opened.DisposeAsync();
            }
        }

        /// <summary>A server that says at its greeting that it takes no mail speaks for itself, not for the recipient (RFC 5321, 3.1).</summary>
        public void Refuse(NextHop hop, RemoteReply reply)
        {
            for (int i = 0; i < recipients.Count; i++)
                results[i] ??= RecipientResult.Of(recipients[i].Address, DeliveryOutcome.Temporary, reply, hop.ToString(), tls: null);
        }

        /// <summary>Where no server was even tried, the reason for that is the result.</summary>
        public void Settle(NoRoute? why)
        {
            NoRoute reason = why ?? new NoRoute(DeliveryOutcome.Temporary, new EnhancedCode(4, 4, 4), "no server of the domain could be tried");
            for (int i = 0; i < recipients.Count; i++)
                results[i] ??= RecipientResult.Own(recipients[i].Address, reason.Outcome, reason.Code, reason.Words);
        }

        public CarriedMail End() => new([.. results.Select(each => each!)], session, !wasLetIn);
    }
}
