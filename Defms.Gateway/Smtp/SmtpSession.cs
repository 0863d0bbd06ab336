using System.IO.Pipelines;
using System.Net;
using Defms.Gateway.Smtp.Commands;
using Defms.Gateway.Smtp.Wire;

namespace Defms.Gateway.Smtp;

/// <summary>
/// One client's session over a pipe: the loop that reads commands, and the state they share. What each command does stands in
/// <see cref="Commands"/>.
/// </summary>
internal sealed class SmtpSession(SmtpParts parts, SmtpPort port, IPEndPoint? address, IDuplexPipe pipe) : IAsyncDisposable
{
    private readonly SmtpWire wire = new(pipe, parts.Limits, parts.Time);
    private readonly CommandRate rate = new(parts.Limits, parts.Time);
    private ITlsChannel? channel;
    private int commands;
    private int errors;
    private int mails;

    public SmtpParts Parts => parts;

    public SmtpWire Wire => wire;

    /// <summary>What is known of the other side; commands replace it.</summary>
    public SmtpClient Client { get; set; } = new() { Port = port, Address = address };

    /// <summary>Where it connects from, for what is counted over connections.</summary>
    public string Network { get; } = ClientNetwork.Of(address?.Address ?? IPAddress.None);

    /// <summary>Called with each command that is one.</summary>
    public Action Understood { get; init; } = () => { };

    /// <summary>Null outside of MAIL.</summary>
    public Transaction? Transaction { get; private set; }

    /// <summary>How often a password was wrong.</summary>
    public int FailedAuths { get; set; }

    /// <summary>Once set, the next reply is the last.</summary>
    public bool IsClosing { get; set; }

    /// <summary>Whether STARTTLS would work now.</summary>
    public bool OffersTls => parts.Tls is not null && channel is null;

    /// <summary>Passwords are taken on submission ports only, and never in clear.</summary>
    public bool OffersAuth => port != SmtpPort.Exchange && channel is not null && parts.Passwords is not null;

    /// <summary>The mechanism with channel binding needs an option and a certificate that defines one.</summary>
    public ReadOnlyMemory<byte> ChannelBinding => parts.Options.OffersChannelBinding && channel is { } tls ? tls.EndPointBinding : default;

    /// <summary>Talks until one side ends it.</summary>
    /// <param name="stopping">Ends the session at the next command with 421; a mail under way is finished.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        using CancellationTokenRegistration registration = stopping.Register(wire.Stop);
        if (port == SmtpPort.SecureSubmission && !await EncryptAsync())
            return;
        if (await GreetAsync())
        {
            while (await StepAsync())
                await wire.RelieveAsync();
        }
        await wire.FlushAsync();
    }

    /// <summary>Shakes hands; what was said in clear is forgotten (RFC 3207, 4.2).</summary>
    public async ValueTask<bool> EncryptAsync()
    {
        using var patience = new CancellationTokenSource(parts.Limits.Reply, parts.Time);
        channel = parts.Tls is null ? null : await parts.Tls.AcceptAsync(wire.Pipe, patience.Token);
        if (channel is null)
            return false;
        wire.Replace(channel.Pipe);
        EndTransaction();
        Client = Client with { HelloName = "", IsExtended = false, Account = null, Tls = channel.Facts };
        return true;
    }

    /// <summary>False when the session has had its mails.</summary>
    public bool TryBegin(Envelope envelope)
    {
        if (++mails > parts.Limits.MailsPerSession)
            return false;
        Transaction = new Transaction(envelope);
        return true;
    }

    public void EndTransaction()
    {
        Transaction?.Dispose();
        Transaction = null;
    }

    /// <summary>A mail was taken: its commands were none too many.</summary>
    public void CountTaken() => rate.GiveBack();

    /// <summary>The reply to something that was no line or no mail; most of them end the session.</summary>
    public SmtpReply? Explain(WireEnd end)
    {
        IsClosing = end is not (WireEnd.TooLong or WireEnd.BadCharacters);
        return end switch
        {
            WireEnd.TooLong or WireEnd.Flood => SmtpReply.LineTooLong,
            WireEnd.BadCharacters => SmtpReply.BadCharacters,
            WireEnd.BareLineEnd => SmtpReply.BareLineEnd,
            WireEnd.TimedOut => SmtpReply.TimedOut,
            WireEnd.Stopping => SmtpReply.ShuttingDown,
            _ => null,
        };
    }

    public async ValueTask DisposeAsync()
    {
        EndTransaction();
        if (channel is not null)
            await channel.DisposeAsync();
        wire.Dispose();
    }

    private async ValueTask<bool> GreetAsync()
    {
        if (parts.Options.RefusesEarlyTalkers && await wire.SpeaksWithinAsync(parts.Limits.BannerDelay))
        {
            wire.Write(SmtpReply.EarlyTalker);
            return false;
        }
        wire.Write(new SmtpReply(220, "", $"{parts.Options.HostName} ESMTP Defms"));
        return true;
    }

    /// <summary>Reads and answers one command.</summary>
    /// <returns>False when the session is over.</returns>
    private async ValueTask<bool> StepAsync()
    {
        (WireEnd end, string line) = await wire.ReadLineAsync(OffersAuth ? SmtpLimits.SaslLine : SmtpLimits.CommandLine);
        SmtpReply? reply = end == WireEnd.Whole ? await AnswerAsync(line) : Explain(end);
        if (reply is not null)
            wire.Write(reply);
        if (IsClosing || reply is { Closes: true })
            return false;
        if (reply is not { Code: >= 500 } || ++errors <= parts.Limits.ErrorsPerSession)
            return true;
        wire.Write(SmtpReply.TooManyErrors);
        return false;
    }

    private async ValueTask<SmtpReply?> AnswerAsync(string line)
    {
        if (++commands > parts.Limits.CommandsPerSession)
            return SmtpReply.TooManyCommands;
        if (!rate.TryTake())
            return SmtpReply.TooFast;
        int space = line.IndexOf(' ');
        string verb = space < 0 ? line : line[..space];
        if (!CommandTable.TryFind(verb, out ISmtpCommand? command))
            return SmtpReply.UnknownCommand;
        Understood();
        SmtpReply? reply = await command.RunAsync(this, space < 0 ? "" : line[space..].Trim(' '));
        if (reply is { IsPositive: false })
            parts.Log.Refused(command.Verb, reply);
        return reply;
    }
}
