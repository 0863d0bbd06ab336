using Defms.Core.Mailboxes;

namespace Defms.Core.Replication.Hosting;

/// <summary>
/// Re-hashes what is held for others. A block that rotted is served to nobody; repairing lets go of it, and its sender, who keeps the mail
/// until its recipient has it, is asked for it when he tries again.
/// </summary>
public sealed class HeldVerification(IStore<IReplicationTables> store)
{
    /// <summary>Blocks read in one job, each up to a megabyte.</summary>
    private const int Batch = 64;

    /// <param name="progress">Called with the number of blocks done.</param>
    /// <returns>How many blocks there are, and what is wrong, a line each, for the person.</returns>
    public (int Blocks, IReadOnlyList<string> Faults) Run(bool repair, Action<int> progress, CancellationToken cancel)
    {
        List<string> faults = [];
        int blocks = 0;
        IReadOnlyList<HeldPart> page = store.Read(tables => tables.Held.Blocks(after: 0, Batch));
        while (page.Count > 0)
        {
            cancel.ThrowIfCancellationRequested();
            faults.AddRange(repair ? store.Write(tables => Check(tables, page, repair: true)) : store.Read(tables => Check(tables, page, repair: false)));
            progress(blocks += page.Count);
            long last = page[^1].Block;
            page = store.Read(tables => tables.Held.Blocks(last, Batch));
        }
        return (blocks, faults);
    }

    private static List<string> Check(IReplicationTables tables, IReadOnlyList<HeldPart> page, bool repair)
    {
        List<string> faults = [];
        foreach (HeldPart part in page.Where(part => tables.Held.Read(part) is null))
        {
            IEnumerable<string> names = tables.Held.RecipientsOf(part.Block).Select(identity => tables.Served.Find(identity)?.Name ?? identity.ToString());
            faults.Add($"Block {part.Cid}, held for {string.Join(" and ", names)}, does not match its name. Its sender has it still.");
            if (repair)
                tables.Held.Lose(part);
        }
        return faults;
    }
}
