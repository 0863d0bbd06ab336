using Defms.EndToEnd.Tests.Cli;

namespace Defms.Faults.Commands;

/// <summary><c>gc</c> where some blocks are reached by a thread and some by nothing.</summary>
public sealed class CollectTests : OperationTests
{
    private string[] mails = [];

    private protected override string[] Arguments => ["gc"];

    private protected override async Task PrepareAsync()
    {
        mails = await OldMails.WriteAsync(Owner.File("mails"), 3);
        (await Owner.RunAsync("import", Owner.File("mails"))).Expect(0);
        string car = Owner.File("orphans.car");
        using (Person other = await Person.MakeAsync("Carol", "carol@c.example"))
        {
            await OldMails.WriteAsync(other.File("mails"), 6);
            (await other.RunAsync("import", other.File("mails"))).Expect(0);
            string thread = (await other.JsonAsync("threads", "--limit", "1"))[0].GetProperty("thread").GetString()!;
            (await other.RunAsync("export", thread, "--format", "car", "--out", car)).Expect(0);
        }
        (await Owner.RunAsync("block", "put", "--car", car)).Expect(0);
    }

    private protected override async Task CheckAsync(Round round)
    {
        Rule.AssertAll(mails, await Rule.ReadAsync(round.Home, round.ToString()), round.ToString());
        (await AgainAsync(round.Home)).Expect(0);
        Rule.AssertAll(mails, await Rule.ReadAsync(round.Home, $"again after {round}"), $"again after {round}");
        Assert.Equal(0, (await Rule.RunAsync(round.Home, "gc", "--json")).Expect(0).Json.GetProperty("removed").GetInt32());
    }
}
