namespace Defms.Faults.Commands;

public sealed class ImportTests : OperationTests
{
    private string[] mails = [];

    private protected override string[] Arguments => ["import", Owner.File("mails")];

    private protected override async Task PrepareAsync() => mails = await OldMails.WriteAsync(Owner.File("mails"), 3);

    private protected override async Task CheckAsync(Round round)
    {
        Contents got = await Rule.ReadAsync(round.Home, round.ToString());
        if (round.IsDone)
            Rule.AssertAll(mails, got, round.ToString());
        Rule.AssertNoneTwice(mails, got, round.ToString());
        (await AgainAsync(round.Home)).Expect(0);
        Rule.AssertAll(mails, await Rule.ReadAsync(round.Home, $"again after {round}"), $"again after {round}");
    }
}
