using Defms.Gateway.Imap;
using Defms.Gateway.Imap.Commands;
using Defms.Gateway.Tests.Imap.Fixtures;

namespace Defms.Gateway.Tests.Imap;

public sealed class WatchTests
{
    private readonly FakeServer server = new();
    private readonly StandingTime time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watched_folder_brings_mail_as_it_comes()
    {
        Fetching fetching = Watching();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task running = fetching.Fetcher().RunAsync(stop.Token);
        await server.Idling.Reader.ReadAsync(Cancel);
        server.Inbox.Add(2);
        await server.News.Writer.WriteAsync("* 2 EXISTS", Cancel);
        await server.Idling.Reader.ReadAsync(Cancel);
        fetching.AssertHasOnce(server.Inbox.Mails);
        Assert.Contains("DONE", server.Heard);
        await StopAsync(stop, running);
    }

    [Fact]
    public async Task Watching_is_renewed_before_a_server_tires_of_it()
    {
        Assert.True(Idle.Longest < TimeSpan.FromMinutes(29));
        Fetching fetching = Watching();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task running = fetching.Fetcher().RunAsync(stop.Token);
        await server.Idling.Reader.ReadAsync(Cancel);
        await time.PassAsync(Idle.Longest, Cancel);
        await server.Idling.Reader.ReadAsync(Cancel);
        Assert.Equal(1, server.Connections);
        await StopAsync(stop, running);
    }

    [Fact]
    public async Task Mail_that_comes_while_the_folder_is_fetched_does_not_wait_for_news()
    {
        server.Inbox.Add(2);
        bool isFirst = true;
        server.Lie = command =>
        {
            if (!isFirst || !command.Contains("BODY.PEEK", StringComparison.Ordinal))
                return null;
            isFirst = false;
            server.Inbox.Add(1, from: 2);
            return "* 3 EXISTS\r\n$ OK\r\n";
        };
        Fetching fetching = Watching();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task running = fetching.Fetcher().RunAsync(stop.Token);
        await server.Idling.Reader.ReadAsync(Cancel);
        fetching.AssertHasOnce(server.Inbox.Mails);
        await StopAsync(stop, running);
    }

    [Fact]
    public async Task Pauses_grow_while_a_server_cannot_be_reached_and_end_when_it_can()
    {
        var dialer = new AbsentServer(server) { Failures = 3 };
        var fetching = new Fetching(server.Account(a => a with { Folders = new FolderChoice { Names = ["INBOX"] } }), dialer, time);
        server.Inbox.Add(1);
        ImapFetcher fetcher = fetching.Fetcher();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task running = fetcher.RunAsync(stop.Token);
        await time.PassAsync(TimeSpan.FromSeconds(5), Cancel);
        await time.PassAsync(TimeSpan.FromSeconds(15), Cancel);
        await time.PassAsync(TimeSpan.FromMinutes(1), Cancel);
        await server.Idling.Reader.ReadAsync(Cancel);
        Assert.Null(fetcher.LastFault);
        fetching.AssertHasOnce(server.Inbox.Mails);
        await StopAsync(stop, running);
    }

    [Fact]
    public async Task A_server_that_lets_nobody_in_is_left_alone_for_long()
    {
        server.Lie = command => command.StartsWith("AUTHENTICATE", StringComparison.Ordinal) ? "$ NO wrong\r\n" : null;
        var fetching = new Fetching(server.Account(a => a with { Folders = new FolderChoice { Names = ["INBOX"] } }), server, time);
        ImapFetcher fetcher = fetching.Fetcher();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task running = fetcher.RunAsync(stop.Token);
        await time.PassAsync(TimeSpan.FromMinutes(15), Cancel);
        Assert.Contains("wrong", fetcher.LastFault, StringComparison.Ordinal);
        await StopAsync(stop, running);
    }

    [Fact]
    public async Task Folders_that_are_not_watched_are_looked_at_again_and_again()
    {
        server.Folders["Work"] = new FakeFolder();
        server.Folders["Work"].Add(1, from: 80);
        var fetching = new Fetching(server.Account(a => a with { Watched = [], PollInterval = TimeSpan.FromMinutes(7) }), server, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task running = fetching.Fetcher().RunAsync(stop.Token);
        await time.PassAsync(TimeSpan.FromMinutes(7), Cancel);
        await time.PassAsync(TimeSpan.FromMinutes(7), Cancel);
        Assert.True(server.Connections >= 2);
        fetching.AssertHasOnce(server.Folders["Work"].Mails);
        await StopAsync(stop, running);
    }

    [Fact]
    public async Task A_silent_server_is_given_up()
    {
        server.Lie = command => command.StartsWith("LIST", StringComparison.Ordinal) ? "* OK wait" : null;
        Task<ImapException> failing = new Fetching(server.Account(a => a with { Silence = TimeSpan.FromSeconds(99) }), server, time).FailAsync();
        while (!failing.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(99));
            await Task.Yield();
        }
        Assert.Equal(ImapFault.Lost, (await failing).Fault);
    }

    [Fact]
    public async Task Several_accounts_are_fetched_at_once()
    {
        var accounts = new List<(FakeServer Server, Fetching Fetching)>();
        for (int i = 0; i < 5; i++)
        {
            var other = new FakeServer();
            other.Inbox.Add(50, from: i * 100);
            accounts.Add((other, new Fetching(other.Account(a => a with { Name = $"account{i}" }), other)));
        }
        await Task.WhenAll(accounts.Select(account => account.Fetching.PassAsync()));
        foreach ((FakeServer other, Fetching fetching) in accounts)
            fetching.AssertHasOnce(other.Inbox.Mails);
    }

    private static async Task StopAsync(CancellationTokenSource stop, Task running)
    {
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private Fetching Watching() =>
        new(server.Account(a => a with { Folders = new FolderChoice { Names = ["INBOX"] }, Silence = TimeSpan.FromDays(1) }), server, time);

    private sealed class AbsentServer(FakeServer server) : IImapDialer
    {
        private int attempts;

        public int Failures { get; init; }

        public ValueTask<Stream> DialAsync(string host, int port, CancellationToken cancel) =>
            attempts++ < Failures ? throw new IOException("no route") : server.DialAsync(host, port, cancel);
    }
}
