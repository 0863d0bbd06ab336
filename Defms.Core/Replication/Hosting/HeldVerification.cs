using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication.Hosting;

/// <summary>
/// Re-hashes what is held for others, and looks at the signed objects that speak of it. What rotted is served to nobody, or taken by nobody;
/// repairing lets go of it, and its sender, who keeps the mail until its recipient has it, is asked for it when he tries again.
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
        CheckItems(repair, faults, cancel);
        return (blocks, faults);
    }

    private void CheckItems(bool repair, List<string> faults, CancellationToken cancel)
    {
        IReadOnlyList<(HeldItem Item, byte[]? Signed)> page = store.Read(tables => tables.Held.Items(after: 0, Batch));
        while (page.Count > 0)
        {
            cancel.ThrowIfCancellationRequested();
            foreach ((HeldItem item, _) in page.Where(each => each.Signed is { } signed && !IsReadable(each.Item.Kind, signed)))
            {
                faults.Add($"What {item.Sender} left here for {store.Read(tables => NameOf(tables, item.Recipient))} is damaged. Its sender has it still.");
                if (repair)
                    store.Write(tables => Remove(tables, item));
            }
            long last = page[^1].Item.Id;
            page = store.Read(tables => tables.Held.Items(last, Batch));
        }
    }

    private static bool IsReadable(OutgoingKind kind, byte[] signed)
    {
        var block = Block.Create(Cid.DagCbor, signed);
        return kind == OutgoingKind.HeldReceipt ? Receipt.TryRead(block, out _, out _) : Announcement.TryRead(block, out _, out _);
    }

    private static bool Remove(IReplicationTables tables, HeldItem item)
    {
        tables.Held.Remove(item.Id);
        return true;
    }

    private static string NameOf(IReplicationTables tables, Did identity) => tables.Served.Find(identity)?.Name ?? identity.ToString();

    private static List<string> Check(IReplicationTables tables, IReadOnlyList<HeldPart> page, bool repair)
    {
        List<string> faults = [];
        foreach (HeldPart part in page.Where(part => tables.Held.Read(part) is null))
        {
            IEnumerable<string> names = tables.Held.RecipientsOf(part.Block).Select(identity => NameOf(tables, identity));
            faults.Add($"Block {part.Cid}, held for {string.Join(" and ", names)}, does not match its name. Its sender has it still.");
            if (repair)
                tables.Held.Lose(part);
        }
        return faults;
    }
}
