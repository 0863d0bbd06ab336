using Defms.EndToEnd.Tests.Cli;

namespace Defms.Faults.Commands;

/// <summary><c>restore</c>: there is a home or there is none, and then it can be had by asking again.</summary>
public sealed class RestoreTests : OperationTests
{
    private string[] mails = [];

    private string File => Owner.File("backup");

    private protected override string[] Arguments => ["restore", File];

    private protected override async Task PrepareAsync()
    {
        mails = await OldMails.WriteAsync(Owner.File("mails"), 3);
        (await Owner.RunAsync("import", Owner.File("mails"))).Expect(0);
        (await Owner.RunAsync("backup", File)).Expect(0);
        foreach (string file in Directory.EnumerateFiles(Owner.Home))
            System.IO.File.Delete(file);
    }

    private protected override async Task CheckAsync(Round round)
    {
        if (!System.IO.File.Exists(Path.Combine(round.Home, "identity")))
            (await AgainAsync(round.Home)).Expect(0);
        Rule.AssertAll(mails, await Rule.ReadAsync(round.Home, round.ToString()), round.ToString());
        (await Programs.RunAsync(["backup", round.Home + ".backup", "--home", round.Home])).Expect(0);
    }
}
