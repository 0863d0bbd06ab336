using System.Text;
using Defms.EndToEnd.Tests.Cli;
using Defms.EndToEnd.Tests.Gateway;
using Defms.Faults.Tracing;

namespace Defms.Faults.Servers;

/// <summary>A daemon that takes what another person's machine brings: what it gave a receipt for is there.</summary>
public sealed class PeerDeliveryTests : ServerTests
{
    private readonly HashSet<string> written = [];
    private DaemonProgram daemon = null!;
    private Person bob = null!;

    private protected override int ProcessId => daemon.ProcessId;

    private protected override string Home => Alice.Home;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        bob = await Person.MakeAsync("Bob", "bob@b.example");
        daemon = await DaemonProgram.MakeAsync(Alice);
        (await bob.RunAsync("contact", "add", (await Alice.RunAsync("card")).Expect(0).Text.Trim())).Expect(0);
        (await Alice.RunAsync("contact", "add", bob.Card)).Expect(0);
    }

    public override async ValueTask DisposeAsync()
    {
        if (daemon is not null)
            await daemon.DisposeAsync();
        bob?.Dispose();
        await base.DisposeAsync();
    }

    private protected override Task LaunchAsync() => daemon.LaunchAsync();

    private protected override Task KillAsync() => daemon.KillAsync();

    private protected override string Mail(string id) => Encoding.Latin1.GetString(Canary.Mail(id, Alice.Address, filling: 3_000))
        .Replace(Canary.From, bob.Address, StringComparison.Ordinal);

    /// <summary>Bob writes it once; then his machine asks until it is stored.</summary>
    private protected override async Task<bool> BringAsync(string mail, Fault? fault)
    {
        Result sent = written.Add(mail)
            ? await bob.PipeAsync(Encoding.Latin1.GetBytes(mail), "send", "-t", "--json")
            : await bob.RunAsync("sync", "--json");
        return sent.ExitCode == 0;
    }

    private protected override async Task<string> CollectAsync()
    {
        await Rule.AssertSoundAsync(bob.Home, "Bob's store");
        return Alice.Home;
    }
}
