using Defms.Core.Storage;

namespace Defms.Faults.Commands;

/// <summary>A store whose file is damaged is written anew: it stays the damaged one, or becomes the mended one.</summary>
public sealed class SalvageTests : OperationTests
{
    private const int PageSize = 4096;

    private string[] mails = [];

    private protected override string[] Arguments => ["verify", "--repair"];

    private protected override async Task PrepareAsync()
    {
        mails = await OldMails.WriteAsync(Owner.File("mails"), 3);
        (await Owner.RunAsync("import", Owner.File("mails"))).Expect(0);
        string store = Path.Combine(Owner.Home, "store.db");
        long page;
        using (SqliteConnection db = SqliteConnection.Open(store, SqliteOpenMode.ReadWrite))
            page = db.ScalarLong("SELECT rootpage FROM sqlite_schema WHERE name = 'messages_thread'")!.Value;
        using FileStream file = new(store, FileMode.Open, FileAccess.Write);
        file.Position = (page - 1) * PageSize;
        file.Write(new byte[PageSize]);
    }

    private protected override async Task CheckAsync(Round round)
    {
        (await AgainAsync(round.Home)).Expect(0);
        // The damaged file is kept for its owner to delete, by each attempt that came so far.
        foreach (string kept in Directory.EnumerateFiles(round.Home, "store.db.damaged*"))
            File.Delete(kept);
        Rule.AssertAll(mails, await Rule.ReadAsync(round.Home, round.ToString()), round.ToString());
    }
}
