using System.Text;
using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;
using Defms.EndToEnd.Tests.Gateway;

namespace Defms.Faults.Commands;

/// <summary>A mail to somebody who has no endpoint: it is stored and queued in one step, or not at all.</summary>
public sealed class SendTests : OperationTests
{
    private readonly string mail = Encoding.Latin1.GetString(Canary.Mail("sent", "bob@b.example", filling: 3_000))
        .Replace(Canary.From, "alice@a.example", StringComparison.Ordinal);

    private protected override string[] Arguments => ["send", "-t"];

    private protected override byte[] Input => Encoding.Latin1.GetBytes(mail);

    private protected override async Task PrepareAsync()
    {
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example");
        (await Owner.RunAsync("contact", "add", bob.Card)).Expect(0);
    }

    private protected override async Task CheckAsync(Round round)
    {
        int before = await CountAsync(round.Home, round.ToString());
        Assert.True(round.IsDone ? before == 1 : before <= 1, $"{round}: the mail is there {before} times");
        (await AgainAsync(round.Home)).Expect(0);
        Assert.Equal(before + 1, await CountAsync(round.Home, $"again after {round}"));
    }

    /// <summary>How often the mail is there, each time with its delivery.</summary>
    private async Task<int> CountAsync(string home, string what)
    {
        Contents got = await Rule.ReadAsync(home, what);
        Assert.All(got.Mails, one => Assert.Equal(mail, one));
        JsonElement status = (await Rule.RunAsync(home, "status", "--json")).Expect(0).Json;
        Assert.Equal(got.Messages, status.GetProperty("deliveries").GetProperty("queued").GetInt32());
        return got.Messages;
    }
}
