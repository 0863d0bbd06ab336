using System.Diagnostics;
using System.Text;
using Defms.EndToEnd.Tests.Gateway;
using Defms.Faults.Tracing;
using Defms.Gateway.Tests.Imap.Fixtures;

namespace Defms.Faults.Servers;

/// <summary>A gateway that empties an account at a real Dovecot: what it deletes there comes to its owner.</summary>
public sealed class ImapFetchTests : ServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>On a disk that stays full or broken nothing will happen any more.</summary>
    private static readonly TimeSpan Resignation = TimeSpan.FromSeconds(5);

    private SteadyGateway gateway = null!;
    private DovecotServer? server;

    private protected override int ProcessId => gateway.Program.ProcessId;

    private protected override string Home => gateway.Program.Home;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        (server, string reason) = await DovecotServer.StartAsync();
        Assert.SkipWhen(server is null, reason);
        server!.Maildir("alice");
        await server.OwnAsync();
        string password = Alice.File("password");
        await File.WriteAllTextAsync(password, DovecotServer.Password);
        gateway = await SteadyGateway.MakeAsync($"""

            [imap work]
            account = {Alice.Address}
            host = 127.0.0.1
            port = {server.Port}
            security = starttls
            pin = {server.Fingerprint}
            user = alice
            password-file = {password}
            after = delete

            """);
        await gateway.LaunchAsync();
        await gateway.Program.ServeWithCardAsync(Alice, Alice.Address);
        await gateway.KillAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (gateway is not null)
            await gateway.DisposeAsync();
        await (server?.DisposeAsync() ?? default);
        await base.DisposeAsync();
    }

    private protected override Task LaunchAsync() => gateway.LaunchAsync();

    private protected override Task KillAsync() => gateway.Program.KillAsync();

    private protected override string Mail(string id) => Encoding.Latin1.GetString(Canary.Mail(id, Alice.Address, filling: 3_000));

    private protected override async Task<bool> BringAsync(string mail, Fault? fault)
    {
        byte[] octets = Encoding.Latin1.GetBytes(mail.ReplaceLineEndings("\n"));
        await server!.PutAsync("alice", [octets]);
        return await IsEmptyAsync(fault is null or { Harm: Harm.Kill } ? Patience : Resignation);
    }

    private protected override Task<bool> AskAgainAsync(string mail) => IsEmptyAsync(Patience);

    private protected override async Task<string> CollectAsync()
    {
        Assert.True(await IsEmptyAsync(Patience), $"mail stays in the account\n{gateway.Program.Log}");
        (await Alice.RunAsync("sync")).Expect(0);
        return Alice.Home;
    }

    /// <summary>Waits until the account is empty; false when it will not be.</summary>
    private async Task<bool> IsEmptyAsync(TimeSpan patience)
    {
        long start = Stopwatch.GetTimestamp();
        while (Directory.EnumerateFiles(server!.Maildir("alice"), "*.test*", SearchOption.AllDirectories).Any())
        {
            if (gateway.Program.HasEnded || Stopwatch.GetElapsedTime(start) > patience)
                return false;
            await Task.Delay(20);
        }
        return true;
    }
}
