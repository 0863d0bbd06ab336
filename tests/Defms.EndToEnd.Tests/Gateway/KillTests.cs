using System.Collections.Concurrent;
using System.Text;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>
/// The gateway's process dies at any moment, again and again, while mail comes and goes: no word of any mail is in anything that it wrote, and
/// what it had answered for comes to its owner once.
/// </summary>
public sealed class KillTests : IAsyncLifetime
{
    private const int Rounds = 8;

    /// <summary>A round ends then at the latest: Alice may have had too little to say for a strike on her way.</summary>
    private const int MostMails = 300;

    /// <summary>Alice writes in the first ones, so that what failed is due again at the end.</summary>
    private const int Writing = 5;
    private const int Seed = 4;

    private readonly Random chance = new(Seed);
    private readonly NextHop hop = new();
    private readonly Relay leaving = new();

    /// <summary>Mails by their octets, and those of them that were answered with 250.</summary>
    private readonly ConcurrentDictionary<string, bool> sent = [];

    private Person alice = null!;
    private SteadyGateway gateway = null!;

    public async ValueTask InitializeAsync()
    {
        leaving.Target = hop.Port;
        alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        gateway = await SteadyGateway.MakeAsync($"""
            [outgoing]
            send = smarthost
            smarthost = 127.0.0.1
            smarthost-port = {leaving.Port}
            smarthost-security = insecure

            """);
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        await leaving.DisposeAsync();
        await hop.DisposeAsync();
        alice.Dispose();
    }

    [Fact]
    public async Task Killed_at_any_moment_it_leaves_no_word_of_any_mail_and_loses_and_doubles_none_that_it_took()
    {
        await gateway.LaunchAsync();
        await gateway.Program.ServeWithCardAsync(alice, alice.Address);
        for (int round = 0; round < Rounds; round++)
            await RoundAsync(round);
        int taken = sent.Values.Count(isTaken => isTaken);
        Assert.True(taken >= 2 * Rounds, $"seed {Seed}: only {taken} mails were taken");
        await gateway.LaunchAsync();
        foreach ((string mail, _) in sent.Where(pair => !pair.Value))
            Assert.StartsWith("250", await SendAgainAsync(mail), StringComparison.Ordinal);
        await AllLeaveAsync();
        gateway.AssertNoWord();

        (await alice.RunAsync("sync")).Expect(0);
        string[] got = await SteadyGateway.MailsOfAsync(alice);
        Assert.Equal(sent.Keys.Order(StringComparer.Ordinal), got.Where(Canary.IsOne).Order(StringComparer.Ordinal));
        await AssertSearchFindsAsync();
    }

    /// <summary>Mail comes by two sessions and Alice writes and asks for hers, until the gateway dies somewhere in one of the three.</summary>
    private async Task RoundAsync(int round)
    {
        if (round > 0)
            await gateway.LaunchAsync();
        var death = new Lazy<Task<IReadOnlyList<string>>>(gateway.KillAsync);
        (Relay struck, int most) = round switch { 1 or 2 => (gateway.Peers, 12_000), 3 or 4 => (leaving, 3_000), _ => (gateway.Smtp, 400_000) };
        struck.StrikeAfter(chance.Next(1, most), () => _ = death.Value);
        await Task.WhenAll([BringAsync(round, 0, death), BringAsync(round, 1, death), WriteAsync(round)]);
        gateway.AssertNoWord(await death.Value);
    }

    private async Task BringAsync(int round, int session, Lazy<Task<IReadOnlyList<string>>> death)
    {
        try
        {
            using SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.Smtp.Port);
            for (int i = 0; i < MostMails; i++)
            {
                byte[] mail = Canary.Mail($"r{round}s{session}m{i}", alice.Address, filling: i % 4 == 3 ? 3_000 : 3);
                string name = Encoding.Latin1.GetString(mail);
                sent[name] = false;
                sent[name] = (await talk.SendAsync(Canary.From, alice.Address, mail)).StartsWith("250", StringComparison.Ordinal);
            }
        }
        catch (IOException)
        {
            // It died.
        }
        await death.Value;
    }

    private async Task WriteAsync(int round)
    {
        string attached = alice.File(Canary.InFileName);
        if (round >= Writing)
            return;
        await File.WriteAllTextAsync(attached, Canary.InAttachment);
        string[] words = ["--to", $"{Canary.InName} <{Canary.From}>", "--subject", $"{Canary.InSubject} out{round}.", "--body", $"{Canary.InBody} {Canary.InQuoted}", "--attach", attached];
        Assert.Contains((await alice.RunAsync(["send", .. words])).ExitCode, (int[])[0, 4]);
        Assert.Contains((await alice.RunAsync("sync")).ExitCode, (int[])[0, 4]);
    }

    /// <summary>As a server does that has read no answer.</summary>
    private async Task<string> SendAgainAsync(string mail)
    {
        using SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.Smtp.Port);
        return await talk.SendAsync(Canary.From, alice.Address, Encoding.Latin1.GetBytes(mail));
    }

    private async Task AllLeaveAsync()
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!Enumerable.Range(0, Writing).All(round => hop.Mails.Any(mail => mail.Octets.Contains($"out{round}.", StringComparison.Ordinal))))
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(3), $"seed {Seed}: what Alice wrote does not leave\n{gateway.Program.Log}");
            await alice.RunAsync("sync");
        }
    }

    /// <summary>The search finds each word where it does stand: in the opened mail, in the owner's store, and in a mail that somebody forgot at the gateway.</summary>
    private async Task AssertSearchFindsAsync()
    {
        (await alice.RunAsync("export", "--all", "--format", "eml", "--out", alice.File("eml"))).Expect(0);
        Assert.Equal(Canary.Words, Canary.WordsOf(Canary.Find([alice.File("eml")])));
        // Her store has the words for its search, where they stand beside each other only by chance.
        Assert.Superset(new HashSet<string> { Canary.InSubject, Canary.InBody }, Canary.WordsOf(Canary.Find([alice.Home])).ToHashSet());
        await File.WriteAllBytesAsync(Path.Combine(gateway.Program.Temporary, "forgotten"), Canary.Mail("x", alice.Address));
        Assert.Equal(Canary.Words, Canary.WordsOf(Canary.Find([gateway.Program.Folder])));
    }
}
