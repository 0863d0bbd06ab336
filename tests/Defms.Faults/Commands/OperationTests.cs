using Defms.EndToEnd.Tests.Cli;
using Defms.Faults.Tracing;

namespace Defms.Faults.Commands;

/// <summary>
/// An operation of the command line, broken off at each of its calls that change files: a suite that every operation inherits. Each round works on
/// a fresh copy of the same home.
/// </summary>
public abstract class OperationTests : IAsyncLifetime
{
    /// <summary>With the rounds of the short form.</summary>
    private static readonly (Harm Harm, int Few)[] Harms = [(Harm.Kill, 2), (Harm.NoSpace, 1), (Harm.BadDisk, 1)];

    private readonly List<string> failures = [];
    private int rounds;

    /// <summary>Whose home it is before the operation.</summary>
    private protected Person Owner { get; private set; } = null!;

    /// <summary>What the program is told, but for <c>--home</c>.</summary>
    private protected abstract string[] Arguments { get; }

    private protected virtual byte[]? Input => null;

    private protected virtual IReadOnlyDictionary<string, string>? Variables => null;

    public virtual async ValueTask InitializeAsync()
    {
        Strace.Require();
        Owner = await Person.MakeAsync("Alice Example", "alice@a.example");
        await PrepareAsync();
    }

    public virtual ValueTask DisposeAsync()
    {
        Owner?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Broken_off_at_any_write_it_loses_nothing_that_it_acknowledged_and_leaves_nothing_half_done()
    {
        string trace = Owner.File("trace");
        Round whole = await RunAsync(null, trace);
        Assert.True(whole.IsDone, $"without a fault: {whole.Result.Errors}");
        await EndAsync(whole);
        string[] calls = await File.ReadAllLinesAsync(trace);
        foreach ((Harm harm, int few) in Harms)
        {
            IReadOnlyList<Fault> faults = TraceFile.Faults(calls, harm);
            Assert.NotEmpty(faults);
            foreach (Fault fault in Form.Choose(faults, few))
                await TryAsync(fault, trace);
        }
        Assert.True(failures.Count == 0, $"{failures.Count} of {rounds} rounds failed:\n{string.Join('\n', failures)}");
    }

    /// <summary>Fills the home.</summary>
    private protected abstract Task PrepareAsync();

    /// <summary>Asserts the rule, and that the operation can be had by asking again.</summary>
    private protected abstract Task CheckAsync(Round round);

    /// <summary>The operation once more on a home, with nothing going wrong.</summary>
    private protected Task<Result> AgainAsync(string home) => Programs.RunAsync([.. Arguments, "--home", home], Input, Variables);

    /// <summary>A round that fails does not keep the others from running: together they say where the window is.</summary>
    private async Task TryAsync(Fault fault, string trace)
    {
        try
        {
            await EndAsync(await RunAsync(fault, trace));
        }
        catch (Exception e) when (e is Xunit.Sdk.XunitException or InvalidOperationException)
        {
            failures.Add($"{fault}: {e.Message}");
        }
    }

    private async Task<Round> RunAsync(Fault? fault, string trace)
    {
        string home = Owner.File($"round{++rounds}");
        CopyHome(Owner.Home, home);
        var round = new Round(home, fault, await Strace.RunAsync(trace, fault, [.. Arguments, "--home", home], Input, Variables));
        Rule.AssertEnded(round.Result, round.ToString());
        return round;
    }

    private async Task EndAsync(Round round)
    {
        await CheckAsync(round);
        Directory.Delete(round.Home, recursive: true);
    }

    private static void CopyHome(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
