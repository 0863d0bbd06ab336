namespace Defms.Faults.Commands;

/// <summary>The first command on a store that an older version made: it brings the store up to date, a step after the other.</summary>
public sealed class MigrationTests : OperationTests
{
    private string[] mails = [];

    private protected override string[] Arguments => ["threads"];

    private protected override async Task PrepareAsync()
    {
        mails = await OldMails.WriteAsync(Owner.File("mails"), 3);
        (await Owner.RunAsync("import", Owner.File("mails"))).Expect(0);
        OldStore.Make(Path.Combine(Owner.Home, "store.db"));
    }

    private protected override async Task CheckAsync(Round round)
    {
        Rule.AssertAll(mails, await Rule.ReadAsync(round.Home, round.ToString()), round.ToString());
        (await AgainAsync(round.Home)).Expect(0);
        Assert.Equal(3, (await Rule.RunAsync(round.Home, "threads", "--json")).Expect(0).Json.GetArrayLength());
    }
}
