using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication;

/// <summary>
/// Gives somebody who has lost his machines the threads he shares with the owner: each that was made for earlier keys of his is announced once more,
/// whole, its key sealed to his current one. Only when his card of that epoch is known here, and once an epoch: keys of an earlier epoch are
/// given nothing from then on.
/// </summary>
internal sealed class Reannouncing(IStore<IReplicationTables> store, Outbox outbox)
{
    /// <summary>Threads of one transaction: others write meanwhile.</summary>
    private const int Batch = 128;

    /// <summary>Queues what is due to the asker; costs one look where nothing is.</summary>
    public void Serve(Certificate asker)
    {
        string setting = Setting(asker.Identity);
        bool isDue = asker.Epoch > 0 && store.Read(tables =>
            tables.Contacts.Find(asker.Identity)?.Card.Epoch == asker.Epoch && tables.Settings.Get(setting) != $"{asker.Epoch}");
        if (!isDue)
            return;
        IReadOnlyList<Cid> threads = store.Read(tables => (IReadOnlyList<Cid>)[.. tables.Threads.WithParty(asker.Identity).Select(row => row.Thread)]);
        foreach (Cid[] batch in threads.Chunk(Batch))
            store.Write(tables => Announce(tables, batch, asker));
        store.Write(tables =>
        {
            tables.Settings.Set(setting, $"{asker.Epoch}");
            return true;
        });
    }

    private bool Announce(IReplicationTables tables, Cid[] threads, Certificate asker)
    {
        foreach (Cid name in threads)
        {
            if (tables.Threads.Find(name) is { } row && IsForEarlierKeys(tables, row, asker))
                outbox.AnnounceWhole(tables, row, asker);
        }
        return true;
    }

    private static bool IsForEarlierKeys(IReplicationTables tables, ThreadRow row, Certificate asker)
    {
        using Threads.Thread? thread = ThreadAccess.Find(tables, row);
        return thread?.Genesis.Find(asker.Identity) is { } party && party.Epoch < asker.Epoch;
    }

    private static string Setting(Did identity) => $"reannounced {identity}";
}
