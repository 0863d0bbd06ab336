using System.Globalization;
using System.Text;
using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Gateway.Accounts;
using Defms.Gateway.Authentication;
using Defms.Gateway.Authentication.Dkim;
using Defms.Gateway.Configuration;
using Defms.Gateway.Delivery;
using Defms.Gateway.Delivery.Queue;
using Defms.Gateway.Delivery.Routes;
using Defms.Gateway.Delivery.Transmission;
using Defms.Gateway.Dns;
using Defms.Gateway.Imap;
using Defms.Gateway.Smtp;
using Defms.Gateway.Smtp.Wire;
using Defms.Serving;
using Defms.Serving.Upkeep;
using Microsoft.Extensions.Logging;
using SenderCheck = Defms.Gateway.Authentication.SenderCheck;

namespace Defms.Gateway;

/// <summary>Puts the parts together and runs them until it is asked to stop.</summary>
internal sealed class GatewayRun(GatewayConfig config, Home home, Identity self, TimeProvider time)
{
    /// <summary>What is done with is forgotten after weeks; looking for it now and then is enough.</summary>
    private static readonly TimeSpan Tidying = TimeSpan.FromHours(1);

    private readonly AccountDirectory accounts = new(home.Store, config.AccountQuota);
    private readonly ParcelPost post = new(home.Store, self, time, RandomSource.System);
    private readonly SubmissionQueue submissions = new(home.Store, self, time, RandomSource.System);
    private readonly MailTally tally = new();

    /// <summary>Null where no mail leaves, so that none is taken.</summary>
    private SubmissionDesk? Submissions => config.Outgoing is null ? null : new SubmissionDesk(accounts);

    /// <summary>Null where no mail leaves, so that none comes back.</summary>
    private ReturnDesk? Returns => config.Outgoing is null ? null : new ReturnDesk(submissions, time);

    /// <summary>Listens, says where, and works until <paramref name="stop"/>; then sessions under way end.</summary>
    /// <exception cref="ServerException">It cannot listen as it was told to.</exception>
    public async Task ServeAsync(TextWriter output, CancellationToken stop)
    {
        using ILoggerFactory logs = ServerLog.Create(config.IsVerbose, config.LogsJson);
        ILogger log = logs.CreateLogger("gateway");
        Prepare();
        using SmtpServer smtp = MakeSmtp(logs);
        await using PeerServer peers = await PeerServer.StartAsync(PeerOptions(smtp), home.Store, self, time, logs, stop);
        await using SmtpHost? mail = config.Smtp.Listeners.Count > 0 ? await SmtpHost.StartAsync(smtp, logs, stop) : null;
        await SayReadyAsync(output, peers, smtp);
        log.Serving(accounts.Current.All.Count, accounts.Current.Domains.Count);
        await WorkAsync(logs, log, stop);
        log.Stopping();
        if (mail is not null)
            await mail.StopAsync();
        await peers.StopAsync();
    }

    /// <summary>Brings the configuration into the store, which other commands read too.</summary>
    private void Prepare()
    {
        home.Store.Write(tables =>
        {
            if (config.Endpoint is { } url)
                OwnCard.Change(tables, self, profile => profile with { Endpoints = [new Endpoint(url, self.Did)] }, time.GetUtcNow());
            if (config.Quota is { } quota)
                tables.Settings.Set(Quota.Setting, quota.ToString(CultureInfo.InvariantCulture));
            else
                tables.Settings.Remove(Quota.Setting);
            return true;
        });
        accounts.Refresh();
    }

    private async Task WorkAsync(ILoggerFactory logs, ILogger log, CancellationToken stop)
    {
        using var peer = new HttpPeer(self, time, RandomSource.System);
        var replicator = new Replicator(home.Store, self, peer, time, RandomSource.System, Submissions);
        await Task.WhenAll(
            [
                new ReplicationLoop(replicator, time, logs.CreateLogger("replication")).RunAsync(stop),
                accounts.WatchAsync(log.AccountsUnread, time, stop),
                TidyAsync(log, stop),
                new IdleTrim(time).RunAsync(stop),
                config.Outgoing is { } outgoing ? SendAsync(outgoing, logs, stop) : Task.CompletedTask,
                .. config.Imap.Select(imap => FetchAsync(imap, logs, stop)),
            ]);
    }

    private async Task TidyAsync(ILogger log, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                post.ForgetOld();
                submissions.ForgetOld();
            }
            catch (StoreException e)
            {
                log.NotForgotten(e);
            }
            await Task.Delay(Tidying, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FetchAsync(ImapConfig imap, ILoggerFactory logs, CancellationToken stop)
    {
        ILogger log = logs.CreateLogger("imap");
        var sink = new ImapDelivery(accounts, imap.Owner, imap.Account.Host, new DeliveryPost(post, self), Returns, tally, time, log);
        var journal = new ImapJournal(home.Store, imap.Account.Name);
        var fetcher = new ImapFetcher(imap.Account, journal, sink, new Imap.TcpDialer(), time, RandomSource.System, log);
        try
        {
            await fetcher.RunAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It was asked to.
        }
    }

    /// <summary>Takes what people handed in to the servers of its recipients.</summary>
    private async Task SendAsync(OutgoingConfig outgoing, ILoggerFactory logs, CancellationToken stop)
    {
        var routes = new RouteOptions { Smarthost = outgoing.Smarthost, OwnNames = [config.HostName] };
        var carrier = new MailCarrier(
            new DnsExchangers(MakeResolver()), routes, new CarrierOptions { OwnName = config.HostName, Tls = outgoing.Tls, TlsRequiredFor = outgoing.TlsRequiredFor },
            new Delivery.Routes.TcpDialer(), time, RandomSource.System);
        var notices = new FailureNotices(new DeliveryPost(post, self), config.HostName, time);
        using var queue = new OutgoingSubmissions(submissions, notices, owner => home.Store.Read(tables => tables.Contacts.Find(owner))?.Card, time);
        using DkimKey? key = outgoing.DkimKey is { } file ? ReadKey(outgoing.DkimSelector, file) : null;
        using var run = new DeliveryRun(
            queue, carrier, outgoing.Smarthost, config.HostName, from => SignerOf(from, key), DeliveryLimits.Default, time, logs.CreateLogger("delivery"));
        await run.RunAsync(stop);
    }

    private MailSigner? SignerOf(MailAddress from, DkimKey? key) =>
        key is not null && accounts.Current.HasDomain(from) ? new DkimSigner(from.AsciiDomain, [key], time).TrySign : null;

    private static DkimKey ReadKey(string selector, string file) => DkimKey.TryRead(selector, File.ReadAllText(file))
        ?? throw new ServerException($"outgoing.dkim-key: {file} holds no RSA or Ed25519 secret key in PEM.");

    private SmtpServer MakeSmtp(ILoggerFactory logs)
    {
        var check = config.Smtp.Policy == SenderPolicy.Off ? null : new SenderCheck(MakeResolver(), time, config.HostName);
        var desk = new AccountDesk(accounts, check, config.Smtp.Policy, new DeliveryPost(post, self), Returns, config.HostName, tally);
        var handIn = new HandInDesk(
            accounts, config.Outgoing is null ? null : submissions, new DeliveryPost(post, self), config.HostName, RandomSource.System, tally);
        var options = new SmtpOptions
        {
            HostName = config.HostName,
            PostmasterDomain = accounts.Current.Domains is [var first, ..] ? first : null,
            Listeners = config.Smtp.Listeners,
            NormalizesLineEnds = config.Smtp.RepairsLineEnds,
            Limits = config.Smtp.Limits,
        };
        ServerCertificate certificate = LoadCertificate("smtp", config.Smtp.Certificate, config.Smtp.CertificateKey)
            ?? MadeCertificate.LoadOrMake(home.Folder, config.HostName, time);
        var passwords = new AccountPasswords(home.Store, accounts);
        return new SmtpServer(options, new PortDesks(desk, handIn), passwords, certificate, time, RandomSource.System, logs.CreateLogger<SmtpServer>());
    }

    private DnsResolver MakeResolver()
    {
        const string system = "/etc/resolv.conf";
        ResolverOptions options = ResolverOptions.Parse(File.Exists(system) ? File.ReadAllText(system) : "");
        return new DnsResolver(config.Dns.Count > 0 ? options with { Servers = config.Dns } : options, time, RandomSource.System);
    }

    private ServerOptions PeerOptions(SmtpServer smtp) => new()
    {
        Listen = config.Peers.Listen,
        Certificate = LoadCertificate("peers", config.Peers.Certificate, config.Peers.CertificateKey),
        IsBehindProxy = config.Peers.IsBehindProxy,
        Submissions = Submissions,
        PublishedCard = accounts.PublishedCard,
        MoreMetrics = text => WriteMetrics(text, smtp),
    };

    private void WriteMetrics(StringBuilder text, SmtpServer smtp) =>
        tally.Write(text, smtp.Sessions, smtp.OctetsHeld, accounts.Current.All.Count);

    private static ServerCertificate? LoadCertificate(string section, string? file, string? key)
    {
        try
        {
            return file is null ? null : ServerCertificate.Load(file, key);
        }
        catch (ServerException e)
        {
            throw new ServerException($"{section}.certificate: {e.Message}");
        }
    }

    private static string SchemeOf(SmtpPort port) => port switch
    {
        SmtpPort.Submission => "submission",
        SmtpPort.SecureSubmission => "submissions",
        _ => "smtp",
    };

    private async Task SayReadyAsync(TextWriter output, PeerServer peers, SmtpServer smtp)
    {
        foreach (string url in peers.Addresses)
            await output.WriteLineAsync($"listening on {url}");
        foreach ((SmtpListener listener, System.Net.IPEndPoint place) in config.Smtp.Listeners.Zip(config.Smtp.Listeners.Count > 0 ? smtp.Addresses : []))
            await output.WriteLineAsync($"listening on {SchemeOf(listener.Port)}://{place}");
        await output.WriteLineAsync("ready");
        await output.FlushAsync();
    }
}
