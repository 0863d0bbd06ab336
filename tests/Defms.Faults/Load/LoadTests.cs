using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Defms.EndToEnd.Tests.Cli;
using Defms.EndToEnd.Tests.Gateway;
using Defms.Faults.Commands;
using Defms.Faults.Servers;

namespace Defms.Faults.Load;

/// <summary>
/// Alice's daemon takes mail of two people while she imports old mail, until something strikes at any moment; again and again on the same store. Suites
/// differ in what strikes.
/// </summary>
public abstract class LoadTests : IAsyncLifetime
{
    /// <summary>A round ends then at the latest.</summary>
    private const int MostMails = 20;

    /// <summary>About what a sender's first few mails come to, both ways counted.</summary>
    private const int MostOctets = 60_000;

    /// <summary>Rounds from one look at the whole store, which grows all the time, to the next.</summary>
    private static readonly int LookEvery = Form.Of(10, 1);

    private readonly Random chance = new(Form.Seed);
    private readonly ConcurrentBag<string> acknowledged = [];
    private readonly List<string> imported = [];
    private readonly List<Person> senders = [];
    private DaemonProgram daemon = null!;

    /// <summary>Whose store is struck.</summary>
    private protected Person Alice { get; private set; } = null!;

    private protected abstract int Rounds { get; }

    public virtual async ValueTask InitializeAsync()
    {
        Alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await PrepareAsync();
        daemon = await DaemonProgram.MakeAsync(Alice);
        string card = (await Alice.RunAsync("card")).Expect(0).Text.Trim();
        foreach (string name in (string[])["bob", "carol"])
        {
            Person sender = await Person.MakeAsync(name, $"{name}@b.example");
            senders.Add(sender);
            (await sender.RunAsync("contact", "add", card)).Expect(0);
            (await Alice.RunAsync("contact", "add", sender.Card)).Expect(0);
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (daemon is not null)
            await daemon.DisposeAsync();
        foreach (Person sender in senders)
            sender.Dispose();
        Alice?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Struck_at_any_moment_under_load_it_loses_nothing_that_it_acknowledged_and_doubles_nothing()
    {
        for (int round = 0; round < Rounds; round++)
        {
            await RoundAsync(round);
            if (round % LookEvery == 0)
                await AssertKeptAsync($"seed {Form.Seed}, round {round}");
        }
        await daemon.LaunchAsync();
        foreach (Person sender in senders)
            (await Rule.RunAsync(sender.Home, "sync")).Expect(0);
        await AssertAllAsync();
    }

    /// <summary>Before anything is stored.</summary>
    private protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>What happens to the machine besides the death of its programs; when it returns programs may start again.</summary>
    /// <param name="die">Kills the programs.</param>
    private protected abstract Task StrikeAsync(Func<Task> die);

    private async Task RoundAsync(int round)
    {
        await daemon.LaunchAsync();
        string folder = Alice.File($"old{round}");
        string[] mails = await OldMails.WriteAsync(folder, 12, $"old{round}-", isSmall: round % 4 > 0);
        imported.AddRange(mails);
        using Process importing = Programs.Start("Defms.Cli", "defms", ["import", folder, "--home", Alice.Home]);
        Task output = Task.WhenAll(importing.StandardOutput.ReadToEndAsync(), importing.StandardError.ReadToEndAsync());
        var strike = new Lazy<Task>(() => StrikeAsync(async () =>
        {
            importing.Kill();
            await daemon.KillAsync();
        }));
        daemon.Relay.StrikeAfter(chance.Next(1, MostOctets), () => _ = strike.Value);
        await Task.WhenAll(senders.Select(sender => BringAsync(sender, round, strike)));
        await strike.Value;
        await importing.WaitForExitAsync();
        await output;
        if (importing.ExitCode == 0)
            Array.ForEach(mails, acknowledged.Add);
    }

    private async Task BringAsync(Person sender, int round, Lazy<Task> strike)
    {
        for (int i = 0; i < MostMails && !strike.IsValueCreated; i++)
        {
            string mail = Encoding.Latin1.GetString(Canary.Mail($"r{round}m{i}", Alice.Address, filling: i % 2 == 0 ? 3 : 3_000)).Replace(Canary.From, sender.Address, StringComparison.Ordinal);
            if ((await sender.PipeAsync(Encoding.Latin1.GetBytes(mail), "send", "-t")).ExitCode == 0)
                acknowledged.Add(mail);
        }
        await strike.Value;
    }

    private async Task AssertKeptAsync(string what)
    {
        Contents got = await Rule.ReadAsync(Alice.Home, what);
        string[] lost = [.. acknowledged.Except(got.Mails)];
        Assert.True(lost.Length == 0, $"{what}: {lost.Length} acknowledged mails are lost:\n{string.Join('\n', lost)}");
        Assert.True(got.Messages == got.Mails.Count, $"{what}: {got.Messages} messages hold {got.Mails.Count} mails");
    }

    private async Task AssertAllAsync()
    {
        var sent = new List<string>(imported);
        for (int round = 0; round < Rounds; round++)
            (await Alice.RunAsync("import", Alice.File($"old{round}"))).Expect(0);
        foreach (Person sender in senders)
            sent.AddRange((await Rule.ReadAsync(sender.Home, sender.Name)).Mails);
        Rule.AssertAll(sent, await Rule.ReadAsync(Alice.Home, $"seed {Form.Seed}, at the end"), $"seed {Form.Seed}, at the end");
    }
}
