using System.Diagnostics;
using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.Faults.Commands;

/// <summary>A lost machine is taken out with the recovery code: identity file and store go to the next epoch together, or not at all.</summary>
public sealed class KeyRotationTests : OperationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private string[] mails = [];

    private protected override string[] Arguments => ["device", "remove", "Laptop", "--recover"];

    private protected override IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { ["DEFMS_RECOVERY"] = Owner.Recovery };

    private protected override async Task PrepareAsync()
    {
        mails = await OldMails.WriteAsync(Owner.File("mails"), 3);
        (await Owner.RunAsync("import", Owner.File("mails"))).Expect(0);
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example");
        (await Owner.RunAsync("contact", "add", bob.Card)).Expect(0);
        await PairAsync();
    }

    private protected override async Task CheckAsync(Round round)
    {
        Assert.Equal(mails.Order(StringComparer.Ordinal), (await Rule.ReadAsync(round.Home, round.ToString())).Mails);
        int epoch = await EpochAsync(round.Home);
        Assert.True(round.IsDone ? epoch == 1 : epoch is 0 or 1, $"{round}: the epoch is {epoch}");
        await AssertWritesAsync(round.Home, round.ToString());
        Result again = await AgainAsync(round.Home);
        Assert.True(again.ExitCode == (round.IsDone ? 3 : 0) || again.ExitCode is 3 && epoch == 1, $"again after {round}: {again.Errors}");
        Assert.True(await EpochAsync(round.Home) is 1 or 2, $"again after {round}: the epoch is {await EpochAsync(round.Home)}");
        await AssertWritesAsync(round.Home, $"again after {round}");
    }

    /// <summary>That what is written now is signed by the keys that the card names.</summary>
    private static async Task AssertWritesAsync(string home, string what)
    {
        Result sent = await Rule.RunAsync(home, "send", "--to", "bob@b.example", "--subject", "x", "--body", "y");
        Assert.True(sent.ExitCode == 0, $"{what}: send ended with {sent.ExitCode}\n{sent.Errors}");
        await Rule.AssertSoundAsync(home, what);
    }

    private static async Task<int> EpochAsync(string home) =>
        (await Rule.RunAsync(home, "card", "--json")).Expect(0).Json.GetProperty("epoch").GetInt32();

    /// <summary>A second machine, by pasting what both show.</summary>
    private async Task PairAsync()
    {
        using Process joining = Programs.Start("Defms.Cli", "defms", ["device", "pair", "--name", "Laptop", "--json", "--home", Owner.File("laptop")]);
        using JsonDocument shown = JsonDocument.Parse((await joining.StandardOutput.ReadLineAsync())!);
        string request = shown.RootElement.GetProperty("request").GetString()!, check = shown.RootElement.GetProperty("check").GetString()!;
        JsonElement answer = await Owner.JsonAsync("device", "pair", request, "--check", check);
        await joining.StandardInput.WriteLineAsync(answer.GetProperty("answer").GetString());
        joining.StandardInput.Close();
        await joining.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(0, joining.ExitCode);
    }
}
