using System.Diagnostics;
using System.Globalization;
using System.Text;
using Defms.EndToEnd.Tests.Cli;
using Defms.Gateway.Tests.Imap.Fixtures;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>Mail of accounts at a real Dovecot, fetched by the gateway's process, which dies in between.</summary>
public sealed class ImapTests : IAsyncLifetime
{
    private const int Seed = 7;
    private const string Carol = "carol@old.example";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>More to see how long many take: DEFMS_IMAP_MAILS=10000.</summary>
    private static readonly int Many =
        int.TryParse(Environment.GetEnvironmentVariable("DEFMS_IMAP_MAILS"), CultureInfo.InvariantCulture, out int wish) ? wish : 1000;

    private readonly Relay imap = new();
    private readonly Random chance = new(Seed);
    private Person alice = null!;
    private DovecotServer? server;
    private string reason = "";

    public async ValueTask InitializeAsync()
    {
        (server, reason) = await DovecotServer.StartAsync();
        alice = await Person.MakeAsync("Alice Example", "alice@a.example");
    }

    public async ValueTask DisposeAsync()
    {
        await imap.DisposeAsync();
        alice.Dispose();
        await (server?.DisposeAsync() ?? default);
    }

    private DovecotServer Server
    {
        get
        {
            Assert.SkipWhen(server is null, reason);
            return server!;
        }
    }

    [Fact]
    public async Task A_thousand_mails_of_an_account_come_once_each_though_the_gateway_dies_and_the_account_stays_as_it_was()
    {
        imap.Target = Server.TlsPort;
        List<string> mails = [.. await PutAsync("INBOX", Many * 7 / 10, "S"), .. await PutAsync("Sent", Many * 2 / 10, ""), .. await PutAsync("Archive", Many / 10, "")];
        await PutAsync("Junk", 5, "");
        string[] before = Files("alice");
        await using SteadyGateway gateway = await SteadyGateway.MakeAsync(Section("work", "alice", imap.Port, "tls"));
        await gateway.LaunchAsync();
        await gateway.Program.ServeWithCardAsync(alice, alice.Address);

        for (int kill = 0; kill < 3; kill++)
        {
            Task<IReadOnlyList<string>> death = imap.StrikeAfterAsync(chance.Next(10_000, Many * 400), gateway.KillAsync);
            if (kill > 0)
                await gateway.LaunchAsync();
            gateway.AssertNoWord(await death.WaitAsync(Patience, TestContext.Current.CancellationToken));
        }
        await gateway.LaunchAsync();
        await AssertComeAsync(alice, mails);
        Assert.Equal(before, Files("alice"));
        await AssertShownAsync();

        await AssertNewMailComesAsync(mails);
        await RenumberAsync(gateway);
        await AssertComeAsync(alice, mails);
        gateway.AssertNoWord();
    }

    /// <summary>Found by its words; unread as it was there, where what she had sent is nothing to read.</summary>
    private async Task AssertShownAsync()
    {
        foreach (string folder in (string[])["INBOX", "Sent", "Archive"])
            Assert.Single((await alice.JsonAsync("search", $"alice{folder}1x")).EnumerateArray());
        Assert.Equal(Many / 10, (await alice.JsonAsync("threads", "--unread", "--limit", "100000")).GetArrayLength());
    }

    /// <summary>With nothing but the watch over INBOX to tell of it: the next look at all folders is minutes away.</summary>
    private async Task AssertNewMailComesAsync(List<string> mails)
    {
        mails.AddRange(await PutAsync("INBOX", 1, "", "late"));
        await AssertComeAsync(alice, mails);
    }

    /// <summary>As after a move of the server to another machine.</summary>
    private async Task RenumberAsync(SteadyGateway gateway)
    {
        await gateway.KillAsync();
        string maildir = Server.Maildir("alice", "Archive");
        string list = Path.Combine(maildir, "dovecot-uidlist");
        string[] lines = await File.ReadAllLinesAsync(list);
        lines[0] = string.Join(' ', lines[0].Split(' ').Select(word => word[0] == 'V' ? "V77" : word));
        await File.WriteAllLinesAsync(list, lines);
        foreach (string index in Directory.EnumerateFiles(maildir, "dovecot.index*"))
            File.Delete(index);
        await Server.OwnAsync();
        await gateway.LaunchAsync();
        long start = Stopwatch.GetTimestamp();
        while (!(await gateway.Program.GetAsync("/metrics")).Contains($"defms_imap_mails_fetched_total {Many / 10}\n", StringComparison.Ordinal))
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "what was numbered anew is not fetched anew");
    }

    [Fact]
    public async Task Accounts_are_emptied_side_by_side_and_no_mail_leaves_one_before_it_is_stored()
    {
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example");
        imap.Target = Server.Port;
        string[] hers = await PutAsync("INBOX", 300, "", user: "deleting");
        string[] his = await PutAsync("INBOX", 300, "", user: "moving");
        Server.Maildir("moving", "Done");
        await Server.OwnAsync();
        await using SteadyGateway gateway = await SteadyGateway.MakeAsync(
            Section("hers", "deleting", imap.Port, "starttls") + "after = delete\n"
            + Section("his", "moving", imap.Port, "starttls").Replace(alice.Address, bob.Address, StringComparison.Ordinal) + "after = move\nmove-to = Done\n");
        await gateway.LaunchAsync();
        await gateway.Program.ServeWithCardAsync(alice, alice.Address);
        await gateway.Program.ServeWithCardAsync(bob, bob.Address);
        for (int kill = 0; kill < 2; kill++)
        {
            Task<IReadOnlyList<string>> death = imap.StrikeAfterAsync(chance.Next(10_000, 400_000), gateway.KillAsync);
            if (kill > 0)
                await gateway.LaunchAsync();
            gateway.AssertNoWord(await death.WaitAsync(Patience, TestContext.Current.CancellationToken));
        }
        await gateway.LaunchAsync();
        await AssertComeAsync(alice, hers);
        await AssertComeAsync(bob, his);
        long start = Stopwatch.GetTimestamp();
        while (Files("deleting").Length > 0 || Files("moving").Any(file => !file.Contains(".Done", StringComparison.Ordinal)))
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "stored mail stays in the accounts");
        Assert.Equal(his.Length, Files("moving").Length);
    }

    [Fact]
    public async Task A_bounce_that_lies_in_the_account_changes_what_the_author_sees_and_one_that_somebody_sent_does_not()
    {
        imap.Target = Server.Port;
        await using var hop = new NextHop();
        await using SteadyGateway gateway = await SteadyGateway.MakeAsync(
            $"[outgoing]\nsend = smarthost\nsmarthost = 127.0.0.1\nsmarthost-port = {hop.Port}\nsmarthost-security = insecure\n"
            + Section("work", "alice", imap.Port, "starttls"));
        await gateway.LaunchAsync();
        await gateway.Program.ServeWithCardAsync(alice, alice.Address);
        (string message, string thread) = await alice.SendAsync(Carol, "Lunch", "--body", "Friday?");
        await Fates.OfAsync(alice, thread, shown => shown[Carol].State == "smtp");
        string id = BounceMail.IdOf((await alice.RunAsync("cat", message)).Expect(0).Text);

        byte[] sent = BounceMail.Make(id, Carol, "<mallory@m.example>");
        await Server.PutAsync("alice", [sent]);
        await AssertComeAsync(alice, [Encoding.Latin1.GetString(sent), Encoding.Latin1.GetString((await alice.RunAsync("cat", message)).Expect(0).Octets)]);
        Assert.Equal("smtp", (await Fates.OfAsync(alice, thread, _ => true))[Carol].State);

        await Server.PutAsync("alice", [BounceMail.Make(id, Carol, "<>")]);
        Dictionary<string, (string State, string Detail)> fates = await Fates.OfAsync(alice, thread, shown => shown[Carol].State == "failed");
        Assert.Equal(("failed", "returned by mx.carol.example: 550 5.2.1 she left"), fates[Carol]);
    }

    /// <summary>That somebody has these mails, each once, and no other that a canary made.</summary>
    private static async Task AssertComeAsync(Person person, IReadOnlyCollection<string> mails)
    {
        long start = Stopwatch.GetTimestamp();
        string[] got = [];
        while (got.Length < mails.Count && Stopwatch.GetElapsedTime(start) < Patience)
        {
            (await Programs.RunAsync(["sync", "--home", person.Home], limit: Patience)).Expect(0);
            got = await SteadyGateway.MailsOfAsync(person);
        }
        Assert.Equal(mails.Order(StringComparer.Ordinal), got.Order(StringComparer.Ordinal));
    }

    private async Task<string[]> PutAsync(string folder, int count, string flags, string name = "", string user = "alice")
    {
        byte[][] mails = [.. Enumerable.Range(0, count).Select(i => Canary.Mail($"{user}{folder}{i}x{name}", "alice@a.example"))];
        await Server.PutAsync(user, mails.Select(mail => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(mail).ReplaceLineEndings("\n"))), folder, flags);
        return [.. mails.Select(Encoding.Latin1.GetString)];
    }

    /// <summary>The names of a user's mails, which tell of folder and flags.</summary>
    private string[] Files(string user) =>
    [
        .. Directory.EnumerateFiles(Server.Maildir(user), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) is "cur" or "new").Order(StringComparer.Ordinal),
    ];

    private string Section(string name, string user, int port, string security)
    {
        string password = alice.File("password");
        File.WriteAllText(password, DovecotServer.Password);
        return $"""

            [imap {name}]
            account = {alice.Address}
            host = 127.0.0.1
            port = {port}
            security = {security}
            pin = {Server.Fingerprint}
            user = {user}
            password-file = {password}

            """;
    }
}
