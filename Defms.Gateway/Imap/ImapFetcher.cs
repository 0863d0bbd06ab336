using System.Net.Sockets;
using Defms.Core;
using Defms.Gateway.Imap.Commands;
using Microsoft.Extensions.Logging;

namespace Defms.Gateway.Imap;

/// <summary>
/// Fetches the mail of one account, once or for as long as it runs. Several run beside each other without knowing of one another. The source is
/// only read, unless the account asks for more (<see cref="ImapAccount.AfterStorage"/>).
/// </summary>
public sealed class ImapFetcher(
    ImapAccount account, IImapJournal journal, IImapSink sink, IImapDialer dialer, TimeProvider time, RandomSource random, ILogger log)
{
    /// <summary>A server that does not let us in locks the account when asked too often.</summary>
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan[] Pauses =
        [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15)];

    private readonly OctetBudget budget = new(account.OctetsInFlight);

    /// <summary>Why the last attempt ended, as a sentence; null while all is well.</summary>
    public string? LastFault { get; private set; }

    /// <summary>The most octets of mail that were in memory at a time.</summary>
    public long PeakOctets => budget.Peak;

    /// <summary>Fetches all chosen folders over one connection.</summary>
    /// <exception cref="ImapException">It could not be done to the end. What was fetched is stored and known; the next pass goes on from there.</exception>
    public Task<PassReport> PassAsync(CancellationToken cancel) => PassAsync(_ => true, cancel);

    /// <summary>Fetches until it is cancelled: watched folders as mail comes, the others every <see cref="ImapAccount.PollInterval"/>.</summary>
    public Task RunAsync(CancellationToken cancel)
    {
        string[] watched = [.. account.Watched.Where(MayBeChosen)];
        var loops = new List<Task>(watched.Select(name => WatchAsync(name, cancel)));
        bool isAllWatched = account.Folders.Names is { } names && names.All(name => watched.Any(other => new ImapFolder(other, RoleOf(other)).IsCalled(name)));
        if (!isAllWatched)
            loops.Add(PollAsync(folder => !watched.Any(folder.IsCalled), cancel));
        return Task.WhenAll(loops);
    }

    private static FolderRole RoleOf(string name) => FolderRoles.IsInbox(name) ? FolderRole.Inbox : FolderRole.None;

    private bool MayBeChosen(string name) =>
        account.Folders.Names is not { } names || names.Any(new ImapFolder(name, RoleOf(name)).IsCalled);

    private Task PollAsync(Func<ImapFolder, bool> takes, CancellationToken cancel) => RepeatAsync(async attempt =>
    {
        await PassAsync(takes, cancel);
        attempt.Succeeded();
        await Task.Delay(account.PollInterval, time, cancel);
    }, cancel);

    private Task WatchAsync(string name, CancellationToken cancel) => RepeatAsync(attempt => WatchOnceAsync(name, attempt, cancel), cancel);

    /// <summary>Watches a folder as long as the connection holds.</summary>
    private async Task WatchOnceAsync(string name, Attempt attempt, CancellationToken cancel)
    {
        await using ImapConnection connection = await ConnectAsync(cancel);
        IReadOnlyList<ImapFolder> folders = await ListFolders.RunAsync(connection);
        ImapFolder[] chosen = [.. Chosen(folders).Where(folder => folder.IsCalled(name))];
        do
        {
            await FetchAsync(connection, folders, chosen);
            attempt.Succeeded();
        }
        while (chosen.Length > 0 && connection.Offers("IDLE") && await WaitAsync(connection));
        await Logout.SendAsync(connection);
        await Task.Delay(account.PollInterval, time, cancel);
    }

    private static async Task<bool> WaitAsync(ImapConnection connection)
    {
        // News that came before the waiting began is not told again.
        if (!connection.HasNews)
            await Idle.RunAsync(connection, Idle.Longest);
        return true;
    }

    private async Task<PassReport> PassAsync(Func<ImapFolder, bool> takes, CancellationToken cancel)
    {
        await using ImapConnection connection = await ConnectAsync(cancel);
        IReadOnlyList<ImapFolder> folders = await ListFolders.RunAsync(connection);
        PassReport report = await FetchAsync(connection, folders, [.. Chosen(folders).Where(takes)]);
        await Logout.SendAsync(connection);
        return report;
    }

    /// <summary>The folders to fetch, INBOX first: new mail lies there.</summary>
    private IEnumerable<ImapFolder> Chosen(IReadOnlyList<ImapFolder> folders) => folders
        .Where(folder => account.Folders.Takes(folder) && !(account.AfterStorage == AfterStorage.Move && account.MoveTo is { } target && folder.IsCalled(target)))
        .OrderBy(folder => folder.Role != FolderRole.Inbox);

    private async Task<PassReport> FetchAsync(ImapConnection connection, IReadOnlyList<ImapFolder> folders, IEnumerable<ImapFolder> chosen)
    {
        var report = new PassReport();
        foreach (ImapFolder folder in chosen)
            await FetchAsync(connection, folders, folder, report);
        if (report.Fetched > 0)
            ImapLog.Fetched(log, account.Name, report.Fetched, report.Octets);
        foreach (string fault in report.Faults)
            ImapLog.Refused(log, account.Name, fault);
        return report;
    }

    private async Task FetchAsync(ImapConnection connection, IReadOnlyList<ImapFolder> folders, ImapFolder folder, PassReport report)
    {
        try
        {
            var pass = new FolderPass(connection, folder, journal, sink, report);
            FolderProgress progress = await pass.RunAsync();
            await new Removal(connection, folder, folders, report).RunAsync(progress, () => pass.SaveAsync(progress));
        }
        catch (ImapException e) when (e.Fault == ImapFault.Refused)
        {
            // One folder that cannot be opened does not keep the others from being fetched.
            report.Refused(e.Message);
        }
    }

    private async Task<ImapConnection> ConnectAsync(CancellationToken cancel)
    {
        var connection = new ImapConnection(account, await DialAsync(cancel), budget, time, cancel);
        try
        {
            await Opening.RunAsync(connection, random);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task<Stream> DialAsync(CancellationToken cancel)
    {
        using var clock = new CancellationTokenSource(account.Silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancel);
        try
        {
            return await dialer.DialAsync(account.Host, account.Port, either.Token);
        }
        catch (Exception e) when (e is IOException or SocketException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new ImapException(ImapFault.Lost, $"{account.Host}:{account.Port} cannot be reached: {e.Message}", e);
        }
    }

    /// <summary>Does something again and again, with growing pauses while it fails: the one place where a failure ends.</summary>
    private async Task RepeatAsync(Func<Attempt, Task> work, CancellationToken cancel)
    {
        var attempt = new Attempt(this);
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                await work(attempt);
                continue;
            }
            catch (ImapException e)
            {
                TimeSpan pause = e.Fault is ImapFault.NotLetIn or ImapFault.Unsafe ? AfterRefusal : attempt.Failed();
                ImapLog.Broken(log, account.Name, LastFault = e.Message, (int)pause.TotalSeconds);
                await Task.Delay(pause, time, cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                TimeSpan pause = attempt.Failed();
                LastFault = "The mail could not be stored.";
                ImapLog.NotStored(log, e, account.Name, (int)pause.TotalSeconds);
                await Task.Delay(pause, time, cancel);
            }
        }
    }

    /// <summary>Counts failures in a row.</summary>
    private sealed class Attempt(ImapFetcher owner)
    {
        private int failures;

        public void Succeeded()
        {
            failures = 0;
            owner.LastFault = null;
        }

        public TimeSpan Failed() => Pauses[Math.Min(failures++, Pauses.Length - 1)];
    }
}
