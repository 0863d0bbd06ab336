using System.Text;
using Defms.Gateway.Imap;
using Defms.Gateway.Tests.Imap.Fixtures;

namespace Defms.Gateway.Tests.Imap;

/// <summary>One Dovecot for the tests of a class; null where there is none.</summary>
public sealed class DovecotFixture : IAsyncLifetime
{
    private DovecotServer? server;
    private string reason = "";

    /// <summary>Skips the test where Dovecot is absent or may not run.</summary>
    internal DovecotServer Server
    {
        get
        {
            Assert.SkipWhen(server is null, reason);
            return server!;
        }
    }

    public async ValueTask InitializeAsync() => (server, reason) = await DovecotServer.StartAsync();

    public ValueTask DisposeAsync() => server?.DisposeAsync() ?? default;
}

public sealed class DovecotTests(DovecotFixture fixture) : IClassFixture<DovecotFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private DovecotServer Server => fixture.Server;

    [Theory]
    [InlineData(ImapSecurity.Tls)]
    [InlineData(ImapSecurity.StartTls)]
    public async Task A_thousand_real_mails_come_octet_for_octet_and_stay_unread(ImapSecurity security)
    {
        IReadOnlyList<byte[]> mails = HamMails.Take(1000);
        string user = $"thousand{security}".ToLowerInvariant();
        await Server.PutAsync(user, mails);
        Fetching fetching = Fetch(Server.Account(user, security));
        Assert.Equal(1000, (await fetching.PassAsync()).Fetched);
        AssertSame(mails.Select(HamMails.OnTheWire), fetching);
        Assert.Equal(0, (await fetching.PassAsync()).Fetched);
        Assert.All(Directory.EnumerateFiles(Path.Combine(Server.Maildir(user), "cur")), file => Assert.EndsWith(":2,", file));
    }

    [Fact]
    public async Task A_connection_that_breaks_again_and_again_loses_no_mail_and_brings_none_twice()
    {
        IReadOnlyList<byte[]> mails = HamMails.Take(1000);
        await Server.PutAsync("breaking", mails);
        var dialer = new BreakingDialer(300_000);
        var fetching = new Fetching(Server.Account("breaking"), dialer);
        for (bool isDone = false; !isDone;)
        {
            Exception? broken = await Record.ExceptionAsync(fetching.PassAsync);
            isDone = broken is null;
            Assert.True(isDone || broken is ImapException { Fault: ImapFault.Lost or ImapFault.BadAnswer }, broken?.ToString());
            Assert.InRange(dialer.Dialled, 1, 200);
        }
        Assert.InRange(dialer.Dialled, 5, 200);
        AssertSame(mails.Select(HamMails.OnTheWire), fetching);
    }

    [Fact]
    public async Task Folders_come_with_their_names_roles_and_flags()
    {
        await Server.PutAsync("folders", Mails(0, 2), flags: "FS");
        await Server.SayAsync("folders", "CREATE Sent", "CREATE Junk", "CREATE \"Entw&APw-rfe\"");
        await Server.PutAsync("folders", Mails(10, 1), "Sent", "S");
        await Server.PutAsync("folders", Mails(20, 1), "Junk");
        await Server.PutAsync("folders", Mails(30, 1), "Entw&APw-rfe");
        Fetching fetching = Fetch(Server.Account("folders"));
        await fetching.PassAsync();
        Assert.Equal(
            [("Entwürfe", FolderRole.None, 1), ("INBOX", FolderRole.Inbox, 2), ("Sent", FolderRole.Sent, 1)],
            fetching.Sink.Mails.GroupBy(mail => mail.Place.Folder).Select(group => (group.Key.Name, group.Key.Role, group.Count())).OrderBy(row => row.Name, StringComparer.Ordinal));
        Assert.All(fetching.Sink.Mails.Where(mail => mail.Place.Folder.Name == "INBOX"), mail => Assert.Equal([@"\Seen", @"\Flagged"], mail.Flags.OrderDescending()));
        Assert.All(fetching.Sink.Mails, mail => Assert.NotNull(mail.Arrived));
    }

    [Fact]
    public async Task Changes_of_others_are_told()
    {
        await Server.PutAsync("changes", Mails(0, 10));
        Fetching fetching = Fetch(Server.Account("changes"));
        await fetching.PassAsync();
        await Server.SayAsync("changes", "SELECT INBOX", "UID STORE 3 +FLAGS (\\Flagged $Work)", "UID STORE 5:6 +FLAGS (\\Deleted)", "EXPUNGE");
        await Server.PutAsync("changes", Mails(10, 2));
        Assert.Equal(2, (await fetching.PassAsync()).Fetched);
        ImapNote.FlagsChanged changed = Assert.Single(fetching.Sink.Notes.OfType<ImapNote.FlagsChanged>());
        Assert.Equal((3U, "$Work"), (changed.Place.Uid, changed.Flags.Single(flag => flag[0] != '\\')));
        Assert.Equal("5:6", Assert.Single(fetching.Sink.Notes.OfType<ImapNote.Vanished>()).Uids.ToString());
    }

    [Fact]
    public async Task A_folder_numbered_anew_is_fetched_anew()
    {
        await Server.PutAsync("renumbered", Mails(0, 10));
        Fetching fetching = Fetch(Server.Account("renumbered"));
        await fetching.PassAsync();
        string maildir = Server.Maildir("renumbered");
        string list = Path.Combine(maildir, "dovecot-uidlist");
        string[] lines = await File.ReadAllLinesAsync(list, Cancel);
        lines[0] = string.Join(' ', lines[0].Split(' ').Select(word => word[0] == 'V' ? "V77" : word));
        await File.WriteAllLinesAsync(list, lines, Cancel);
        foreach (string index in Directory.EnumerateFiles(maildir, "dovecot.index*"))
            File.Delete(index);
        await Server.OwnAsync();
        Assert.Equal(10, (await fetching.PassAsync()).Fetched);
        Assert.Single(fetching.Sink.Notes.OfType<ImapNote.Renumbered>());
        Assert.All(fetching.Sink.Mails.Skip(10), mail => Assert.Equal(77U, mail.Place.UidValidity));
        Assert.All(fetching.Sink.Counts().Values, count => Assert.Equal(2, count));
    }

    [Fact]
    public async Task Mails_that_others_expunge_during_a_fetch_are_the_only_ones_missing()
    {
        IReadOnlyList<byte[]> mails = HamMails.Take(1000);
        await Server.PutAsync("expunged", mails);
        Fetching fetching = Fetch(Server.Account("expunged"));
        int seen = 0;
        fetching.Sink.Before = async (_, _) =>
        {
            if (Interlocked.Increment(ref seen) == 100)
                await Server.SayAsync("expunged", "SELECT INBOX", "UID STORE 300:310,900:999 +FLAGS.SILENT (\\Deleted)", "EXPUNGE");
        };
        // A server may part with a client whose mail is taken away (Dovecot does, sometimes); then the next pass goes on.
        for (int pass = 0; pass < 5 && await Record.ExceptionAsync(fetching.PassAsync) is { } broken; pass++)
            Assert.IsType<ImapException>(broken);
        Assert.Equal(0, (await fetching.PassAsync()).NotGiven);
        uint[] uids = [.. fetching.Sink.Mails.Select(mail => mail.Place.Uid).Order()];
        Assert.Equal(uids.Distinct(), uids);
        Assert.Empty(Enumerable.Range(1, 1000).Select(uid => (uint)uid).Where(uid => uid is < 300 or (> 310 and < 900) or > 999).Except(uids));
    }

    [Fact]
    public async Task A_watched_folder_brings_mail_as_it_comes()
    {
        await Server.PutAsync("watched", Mails(0, 3));
        var fetching = Fetch(Server.Account("watched") with { Folders = new FolderChoice { Names = ["INBOX"] } });
        var first = new TaskCompletionSource();
        var second = new TaskCompletionSource();
        int seen = 0;
        fetching.Sink.Before = (_, _) =>
        {
            int now = Interlocked.Increment(ref seen);
            _ = (now == 3 && first.TrySetResult()) || (now == 4 && second.TrySetResult());
            return Task.CompletedTask;
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task running = fetching.Fetcher().RunAsync(stop.Token);
        await first.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        await Server.SayAsync("watched", "APPEND INBOX {19+}\r\nSubject: late\r\n\r\nx\r\n");
        await second.Task.WaitAsync(TimeSpan.FromMinutes(2), Cancel);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Theory]
    [InlineData(AfterStorage.Move)]
    [InlineData(AfterStorage.Delete)]
    public async Task Stored_mail_leaves_its_folder_and_only_it(AfterStorage wish)
    {
        string user = $"leaving{wish}".ToLowerInvariant();
        await Server.PutAsync(user, Mails(0, 600));
        await Server.SayAsync(user, "CREATE Done", "SELECT INBOX", "UID STORE 7 +FLAGS (\\Deleted)");
        Fetching fetching = Fetch(Server.Account(user) with { AfterStorage = wish, MoveTo = "Done" });
        fetching.Sink.Before = (mail, _) => mail.Place.Uid == 500 ? throw new IOException("disk full") : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(fetching.PassAsync);
        Assert.Equal(600, Files(user, "INBOX"));
        fetching.Sink.Before = (_, _) => Task.CompletedTask;
        Assert.Equal(600, (await fetching.PassAsync()).Removed);
        AssertSame(Mails(0, 600).Select(HamMails.OnTheWire), fetching);
        Assert.Equal((0, wish == AfterStorage.Move ? 600 : 0), (Files(user, "INBOX"), Files(user, "Done")));
        Assert.Equal(0, (await fetching.PassAsync()).Fetched);
    }

    [Fact]
    public async Task A_wrong_password_is_told_in_a_sentence()
    {
        ImapException e = await Fetch(Server.Account("ada") with { Secret = new GivenSecret("wrong") }).FailAsync();
        Assert.Equal(ImapFault.NotLetIn, e.Fault);
        Assert.StartsWith("127.0.0.1 does not let the account ada in: ", e.Message, StringComparison.Ordinal);
    }

    private static Fetching Fetch(ImapAccount account) => new(account, new TcpDialer());

    private static IEnumerable<byte[]> Mails(int first, int count) =>
        Enumerable.Range(first, count).Select(i => Encoding.UTF8.GetBytes($"From: a@b.example\nSubject: {i}\n\nBody {i}\n"));

    private static void AssertSame(IEnumerable<byte[]> expected, Fetching fetching) => Assert.Equal(
        expected.Select(Convert.ToBase64String).Order(StringComparer.Ordinal),
        fetching.Sink.Mails.Select(mail => Convert.ToBase64String(mail.Octets)).Order(StringComparer.Ordinal));

    private int Files(string user, string folder) =>
        new[] { "cur", "new" }.Sum(part => Directory.EnumerateFiles(Path.Combine(Server.Maildir(user, folder), part)).Count());

    /// <summary>Breaks each connection after so many octets.</summary>
    private sealed class BreakingDialer(long after) : IImapDialer
    {
        public int Dialled { get; private set; }

        public async ValueTask<Stream> DialAsync(string host, int port, CancellationToken cancel)
        {
            Dialled++;
            Stream stream = await new TcpDialer().DialAsync(host, port, cancel);
            return new FakeWire(System.IO.Pipelines.PipeReader.Create(stream), System.IO.Pipelines.PipeWriter.Create(stream)) { CutAfter = after + (Dialled * 1000), CutIsAbrupt = Dialled % 2 == 0 };
        }
    }
}
