using System.Text;
using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;
using Defms.EndToEnd.Tests.Gateway;
using Defms.Faults.Servers;

namespace Defms.Faults.Commands;

/// <summary>A mail to somebody whose daemon takes it at once; the sender's machine dies anywhere from writing it to keeping the receipt.</summary>
public sealed class DeliveringTests : OperationTests
{
    private readonly string mail = Encoding.Latin1.GetString(Canary.Mail("sent", "bob@b.example", filling: 3_000))
        .Replace(Canary.From, "alice@a.example", StringComparison.Ordinal);

    private Person bob = null!;
    private DaemonProgram daemon = null!;

    /// <summary>How often Bob has the mail, of all rounds.</summary>
    private int arrived;

    private protected override string[] Arguments => ["send", "-t"];

    private protected override byte[] Input => Encoding.Latin1.GetBytes(mail);

    public override async ValueTask DisposeAsync()
    {
        if (daemon is not null)
            await daemon.DisposeAsync();
        bob?.Dispose();
        await base.DisposeAsync();
    }

    private protected override async Task PrepareAsync()
    {
        bob = await Person.MakeAsync("Bob", "bob@b.example");
        daemon = await DaemonProgram.MakeAsync(bob);
        (await Owner.RunAsync("contact", "add", (await bob.RunAsync("card")).Expect(0).Text.Trim())).Expect(0);
        (await bob.RunAsync("contact", "add", Owner.Card)).Expect(0);
        await daemon.LaunchAsync();
    }

    private protected override async Task CheckAsync(Round round)
    {
        int written = (await Rule.ReadAsync(round.Home, round.ToString())).Messages;
        Assert.True(round.Result.ExitCode is 0 or 4 ? written == 1 : written <= 1, $"{round}: the mail is there {written} times");
        if (round.IsDone)
            await AssertArrivedAsync(written, round.ToString());
        (await Rule.RunAsync(round.Home, "sync")).Expect(0);
        await AssertArrivedAsync(written, $"sync after {round}");
        (await AgainAsync(round.Home)).Expect(0);
        await AssertArrivedAsync(written + 1, $"again after {round}");
        JsonElement deliveries = (await Rule.RunAsync(round.Home, "status", "--json")).Expect(0).Json.GetProperty("deliveries");
        Assert.Equal((written + 1, 0), (deliveries.GetProperty("stored").GetInt32(), deliveries.GetProperty("queued").GetInt32()));
        arrived += written + 1;
    }

    /// <summary>That Bob has so many more than before this round.</summary>
    private async Task AssertArrivedAsync(int more, string what)
    {
        Contents got = await Rule.ReadAsync(bob.Home, $"Bob, {what}");
        Assert.True(got.Messages == arrived + more, $"{what}: Bob has {got.Messages - arrived} more, not {more}");
        Assert.All(got.Mails, one => Assert.Equal(mail, one));
    }
}
