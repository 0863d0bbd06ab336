using System.Text;
using Defms.EndToEnd.Tests.Cli;
using Defms.EndToEnd.Tests.Gateway;
using Defms.Faults.Commands;
using Defms.Faults.Servers;
using Defms.Faults.Tracing;

namespace Defms.Faults.Promises;

/// <summary>Real programs under strace: what they promise is synced when they promise it.</summary>
public sealed class PromiseTests : IAsyncLifetime
{
    /// <summary>By which programs say something, besides the calls that change files.</summary>
    private const string Speech = "write,sendto,sendmsg,exit_group";

    private Person alice = null!;
    private string trace = "";

    public async ValueTask InitializeAsync()
    {
        Strace.Require();
        alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        trace = alice.File("trace");
    }

    public ValueTask DisposeAsync()
    {
        alice?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Import_has_synced_what_it_says_is_imported()
    {
        string[] mails = await OldMails.WriteAsync(alice.File("mails"), 3);
        (await Strace.RunAsync(trace, null, ["import", alice.File("mails"), "--home", alice.Home], calls: Speech)).Expect(0);
        await AssertToldAfterSyncAsync("3 imported", mails.Sum(mail => mail.Length));
    }

    [Fact]
    public async Task Send_has_synced_the_mail_when_it_says_so()
    {
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example");
        (await alice.RunAsync("contact", "add", bob.Card)).Expect(0);
        byte[] mail = Mail(alice.Address, bob.Address);
        (await Strace.RunAsync(trace, null, ["send", "-t", "--home", alice.Home], mail, calls: Speech)).Expect(0);
        await AssertToldAfterSyncAsync("Message ", mail.Length);
    }

    [Fact]
    public async Task The_gateway_has_synced_a_mail_before_it_says_250()
    {
        await using SteadyGateway gateway = await SteadyGateway.MakeAsync("");
        await gateway.LaunchAsync();
        await gateway.Program.ServeWithCardAsync(alice, alice.Address);
        byte[] mail = Mail("carol@old.example", alice.Address);
        await using (await Attachment.ToAsync(gateway.Program.ProcessId, trace, calls: Speech))
        {
            using SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.Smtp.Port);
            Assert.StartsWith("250", await talk.SendAsync("carol@old.example", alice.Address, mail), StringComparison.Ordinal);
        }
        Assert.Null(PromiseOrder.Complain(await EventsAsync(), one => Says(one, "354"), one => Says(one, "250"), mail.Length));
    }

    [Fact]
    public async Task The_daemon_has_synced_a_delivery_before_its_receipt_leaves()
    {
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example");
        await using DaemonProgram daemon = await DaemonProgram.MakeAsync(alice);
        (await bob.RunAsync("contact", "add", (await alice.RunAsync("card")).Expect(0).Text.Trim())).Expect(0);
        (await alice.RunAsync("contact", "add", bob.Card)).Expect(0);
        await daemon.LaunchAsync();
        byte[] mail = Mail(bob.Address, alice.Address);
        await using (await Attachment.ToAsync(daemon.ProcessId, trace, calls: Speech))
            (await bob.PipeAsync(mail, "send", "-t")).Expect(0);
        Assert.Null(PromiseOrder.Complain(await EventsAsync(), null, one => Says(one, "HTTP/1.1 200"), mail.Length));
    }

    private async Task AssertToldAfterSyncAsync(string told, long octets)
    {
        IReadOnlyList<TraceEvent> events = await EventsAsync();
        Assert.Null(PromiseOrder.Complain(events, null, one => Says(one, told), octets));
        Assert.Empty(PromiseOrder.Unsynced(events, alice.Home, one => Says(one, told)));
        Assert.Empty(PromiseOrder.Unsynced(events, alice.Home, one => one.Call == "exit_group"));
    }

    private async Task<IReadOnlyList<TraceEvent>> EventsAsync() => TraceEvent.Read(await File.ReadAllLinesAsync(trace));

    private static bool Says(TraceEvent one, string text) => one.Begins && one.Call is "write" or "sendto" or "sendmsg" && one.Octets.AsSpan().StartsWith(Encoding.ASCII.GetBytes(text));

    /// <summary>Too large for a single block.</summary>
    private static byte[] Mail(string from, string to) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(Canary.Mail("promised", to, filling: 3_000)).Replace(Canary.From, from, StringComparison.Ordinal));
}
