using Defms.EndToEnd.Tests.Cli;

namespace Defms.Faults.Commands;

/// <summary><c>backup</c>: the file is there whole or not at all, and replaces an earlier one only then.</summary>
public sealed class BackupTests : OperationTests
{
    private string[] mails = [];

    private string File => Owner.File("backup");

    private protected override string[] Arguments => ["backup", File];

    private protected override async Task PrepareAsync()
    {
        mails = await OldMails.WriteAsync(Owner.File("mails"), 3);
        (await Owner.RunAsync("import", Owner.File("mails"))).Expect(0);
        (await Owner.RunAsync("backup", File)).Expect(0);
    }

    private protected override async Task CheckAsync(Round round)
    {
        Rule.AssertAll(mails, await Rule.ReadAsync(round.Home, round.ToString()), round.ToString());
        await AssertRestorableAsync(round, "the backup");
        (await AgainAsync(round.Home)).Expect(0);
        await AssertRestorableAsync(round, "the next backup");
        Assert.Empty(Directory.EnumerateFiles(Path.GetDirectoryName(File)!, "backup.tmp*"));
    }

    private async Task AssertRestorableAsync(Round round, string which)
    {
        string home = round.Home + ".restored";
        (await Programs.RunAsync(["restore", File, "--home", home])).Expect(0);
        Rule.AssertAll(mails, await Rule.ReadAsync(home, $"{which} of {round}"), round.ToString());
        Directory.Delete(home, recursive: true);
    }
}
