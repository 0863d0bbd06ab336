using Defms.EndToEnd.Tests.Cli;
using Defms.Faults.Tracing;

namespace Defms.Faults.Servers;

/// <summary>
/// A server that takes mail, broken off at each of the calls by which it stores one: a suite that every such server inherits. Its store stays the same
/// from round to round, and each round brings another mail.
/// </summary>
public abstract class ServerTests : IAsyncLifetime
{
    /// <summary>With the rounds of the short form.</summary>
    private static readonly (Harm Harm, int Few)[] Harms = [(Harm.Kill, 3), (Harm.NoSpace, 1), (Harm.BadDisk, 1)];

    private readonly Dictionary<string, bool> brought = [];

    /// <summary>Who gets the mail.</summary>
    private protected Person Alice { get; private set; } = null!;

    private protected abstract int ProcessId { get; }

    /// <summary>The home that the server works on.</summary>
    private protected abstract string Home { get; }

    public virtual async ValueTask InitializeAsync()
    {
        Strace.Require();
        Alice = await Person.MakeAsync("Alice Example", "alice@a.example");
    }

    public virtual ValueTask DisposeAsync()
    {
        Alice?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Broken_off_at_any_write_it_loses_no_mail_that_it_acknowledged_and_doubles_none()
    {
        string trace = Alice.File("trace");
        await RoundAsync(null, trace);
        Assert.True(brought.Values.Single(), "a mail was not taken, though nothing went wrong");
        string[] calls = await File.ReadAllLinesAsync(trace);
        foreach ((Harm harm, int few) in Harms)
        {
            IReadOnlyList<Fault> faults = TraceFile.Faults(calls, harm);
            Assert.NotEmpty(faults);
            foreach (Fault fault in Form.Choose(faults, few))
                await RoundAsync(fault, trace);
        }
        await AssertAllComeAsync();
    }

    private protected abstract Task LaunchAsync();

    /// <summary>Kills it; one that is dead stays so.</summary>
    private protected abstract Task KillAsync();

    /// <summary>Brings a mail to the server that runs.</summary>
    /// <param name="fault">What will go wrong.</param>
    /// <returns>Whether it was acknowledged.</returns>
    private protected abstract Task<bool> BringAsync(string mail, Fault? fault);

    /// <summary>What somebody does who had no answer.</summary>
    private protected virtual Task<bool> AskAgainAsync(string mail) => BringAsync(mail, null);

    /// <summary>Makes a mail that no other is like.</summary>
    /// <returns>Its octets, a character each.</returns>
    private protected abstract string Mail(string id);

    /// <summary>Has those come to Alice that the server acknowledged; her home.</summary>
    private protected abstract Task<string> CollectAsync();

    private async Task RoundAsync(Fault? fault, string trace)
    {
        string mail = Mail($"{fault?.ToString() ?? "none"}".Replace(' ', '-'));
        await LaunchAsync();
        await using (await Attachment.ToAsync(ProcessId, trace, fault))
            brought[mail] = await BringAsync(mail, fault);
        await KillAsync();
        await Rule.AssertSoundAsync(Home, $"seed {Form.Seed}, {fault}");
    }

    private async Task AssertAllComeAsync()
    {
        string what = $"seed {Form.Seed}, {brought.Count} rounds";
        await LaunchAsync();
        Contents got = await Rule.ReadAsync(await CollectAsync(), what);
        string[] lost = [.. brought.Where(pair => pair.Value).Select(pair => pair.Key).Except(got.Mails)];
        Assert.True(lost.Length == 0, $"{what}: {lost.Length} acknowledged mails are lost:\n{string.Join('\n', lost)}");
        Rule.AssertNoneTwice(brought.Keys, got, what);
        foreach (string mail in brought.Where(pair => !pair.Value).Select(pair => pair.Key))
            Assert.True(await AskAgainAsync(mail), $"{what}: not taken the second time\n{mail}");
        Rule.AssertAll(brought.Keys, await Rule.ReadAsync(await CollectAsync(), what), what);
    }
}
