using Defms.Core.Blocks;
using Defms.Core.Identities;

namespace Defms.Core.Mailboxes.Records;

/// <summary>
/// The threads of records, whose only party is the owner. Records count from those of his current keys; from older ones as long as there
/// is none of these, as after a recovery: what a thief of old keys says later moves nothing.
/// </summary>
public static class PrivateThreads
{
    /// <summary>Takes in what messages that have just come say, where they are records of the owner's.</summary>
    internal static void Take(IMailTables tables, Threads.Thread thread, long row, IReadOnlyList<IndexedMessage> added, Did self, long now)
    {
        if (!IsPrivate(thread.Genesis, self) || !added.Any(message => message.RecordMail is not null))
            return;
        tables.Records.AddPrivateThread(new PrivateThreadRow(row, thread.Genesis.Created!.Value, thread.Genesis.Parties[0].Epoch));
        IReadOnlyList<PrivateThreadRow> counted = Counted(tables, OwnCard.Get(tables).Epoch);
        if (!counted.Any(known => known.Thread == row))
            return;
        bool isCurrent = counted[0].Thread == row;
        // What was changed here before is weighed against what comes, not lost to it.
        RecordBook.Capture(tables, now);
        foreach (IndexedMessage message in added)
        {
            if (message.RecordMail is { } mail && RecordMail.Read(mail) is { } records)
                RecordBook.Apply(tables, records, told: isCurrent, now);
        }
    }

    /// <summary>Those whose records count, the one that is written to first.</summary>
    public static IReadOnlyList<PrivateThreadRow> Counted(IMailTables tables, int epoch)
    {
        IReadOnlyList<PrivateThreadRow> all = tables.Records.PrivateThreads();
        List<PrivateThreadRow> current = [.. all.Where(row => row.Epoch == epoch)];
        return current.Count > 0 ? current : all;
    }

    /// <summary>Reads all records anew.</summary>
    internal static void Reread(IMailTables tables, int epoch, long now)
    {
        tables.Records.Clear();
        foreach (PrivateThreadRow row in Counted(tables, epoch))
        {
            using Threads.Thread thread = ThreadAccess.Open(tables, tables.Threads.Find(row.Thread)!);
            foreach (MessageRow message in tables.Messages.InThread(row.Thread))
            {
                if (tables.Blocks.Find(message.Cid) is { } block && thread.TryOpen(block, out Threads.Message? opened, out _)
                    && thread.ReadOctets(opened, tables.Blocks).Octets is { } octets
                    && RecordMail.Read(Mime.MailMessage.Parse(octets)) is { } records)
                    RecordBook.Apply(tables, records, told: true, now);
            }
        }
    }

    /// <summary>Lets go of a thread of records with its blocks: all it said stands in a newer one. One that holds mail is only taken from the list.</summary>
    internal static void Drop(IMailTables tables, PrivateThreadRow dropped)
    {
        tables.Records.RemovePrivateThread(dropped.Thread);
        if (tables.Threads.Find(dropped.Thread) is not { } row || tables.Messages.InThread(row.Id).Any(message => !message.Flags.HasFlag(MessageFlags.Record)))
            return;
        Cid[] blocks = [row.Thread, .. tables.Messages.Names(row.Id), .. Threads.ThreadRoot.Nodes(row.Root, tables.Blocks)];
        tables.Threads.Remove(row.Id);
        tables.Blocks.Remove(blocks);
    }

    /// <summary>What the list of these threads should say of one; null where it should not name it.</summary>
    internal static PrivateThreadRow? Describe(IMailTables tables, Threads.Genesis genesis, long row, Did self) =>
        IsPrivate(genesis, self) && tables.Messages.InThread(row).Any(message => message.Flags.HasFlag(MessageFlags.Record))
            ? new PrivateThreadRow(row, genesis.Created!.Value, genesis.Parties[0].Epoch)
            : null;

    private static bool IsPrivate(Threads.Genesis genesis, Did self) => genesis is { IsFiled: false, Parties: [{ } only] } && only.Identity == self;
}
