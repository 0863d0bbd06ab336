using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes;

/// <summary>What a look at the whole store found.</summary>
/// <param name="Faults">What is wrong, a line each, for the person.</param>
/// <param name="Repaired">How many of them were mended.</param>
public sealed record VerificationReport(int Blocks, int Threads, int Messages, IReadOnlyList<string> Faults, int Repaired)
{
    public bool IsSound => Faults.Count == Repaired;
}

/// <summary>
/// Re-hashes every block, re-opens every thread and message, and compares roots, index and conversations with what they say. Repairing
/// derives all of them anew from the blocks and the keys of the threads, and lets go of damaged chunks so that the next sync fetches them
/// again. Only what neither the blocks nor the records say is lost with the index: flags and labels that no other machine was told of yet, and
/// when mail without any date arrived.
/// </summary>
public sealed class Verification(IStore<IMailTables> store, Did self)
{
    private readonly List<string> faults = [];
    private readonly ConversationParts parts = new();
    private readonly Dictionary<Cid, List<Cid>> messagesOf = [];
    private int repaired;
    private int messages;

    /// <param name="progress">Called with the number of blocks or threads done and the number there are.</param>
    public VerificationReport Run(bool repair, Action<int, int> progress, CancellationToken cancel)
    {
        int blocks = CheckBlocks(progress, cancel, out HashSet<Cid> rotten);
        long searched = repair ? ClearSearch() : 0;
        IReadOnlyList<ThreadRow> threads = store.Read(tables => (IReadOnlyList<ThreadRow>)[.. tables.Threads.All()]);
        for (int i = 0; i < threads.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            if (repair)
                store.Write(tables => CheckThread(tables, threads[i], rotten, repair: true));
            else
                store.Read(tables => CheckThread(tables, threads[i], rotten, repair: false));
            progress(i + 1, threads.Count);
        }
        if (repair)
            CheckSearch(searched);
        CheckConversations(repair);
        foreach (Cid cid in rotten)
            faults.Add($"Block {cid} does not match its name and belongs to nothing that is kept.");
        return new VerificationReport(blocks, threads.Count, messages, faults, repaired);
    }

    private int CheckBlocks(Action<int, int> progress, CancellationToken cancel, out HashSet<Cid> rotten)
    {
        List<Cid> names = store.Read(tables => tables.Blocks.List().ToList());
        rotten = [];
        const int batch = 256;
        for (int i = 0; i < names.Count; i += batch)
        {
            cancel.ThrowIfCancellationRequested();
            List<Cid> part = names.GetRange(i, Math.Min(batch, names.Count - i));
            // Between listing and looking another process may have let a block go; then it is absent, not rotten.
            rotten.UnionWith(store.Read(tables => part.Where(cid => !IsSound(tables, cid) && tables.Blocks.Has(cid)).ToList()));
            progress(i + part.Count, names.Count);
        }
        return names.Count;
    }

    /// <summary>Looks at one block, and notes which thread it names where it looks like a message.</summary>
    private bool IsSound(IMailTables tables, Cid cid)
    {
        if (tables.Blocks.Find(cid) is not { } block)
            return false;
        if (!MessageNode.TryRead(block, out MessageNode? node, out _))
            return true;
        if (!messagesOf.TryGetValue(node.Thread, out List<Cid>? known))
            messagesOf[node.Thread] = known = [];
        known.Add(cid);
        return true;
    }

    private bool CheckThread(IMailTables tables, ThreadRow listed, HashSet<Cid> rotten, bool repair)
    {
        if (tables.Threads.Find(listed.Thread) is not { } row)
            return false;
        rotten.Remove(row.Thread);
        if (tables.Blocks.Find(row.Thread) is not { } genesis || !Threads.Thread.TryOpen(genesis, row.Key, out Threads.Thread? thread, out string? error))
        {
            faults.Add($"Thread {row.Thread} cannot be opened: its first block is missing or damaged. 'defms sync --full' asks its parties for it.");
            return false;
        }
        using (thread)
        {
            CheckDescription(tables, thread.Genesis, row, repair);
            IReadOnlyList<MessageRow> indexed = tables.Messages.InThread(row.Id);
            parts.AddThread(row);
            foreach (MessageRow message in indexed)
                CheckMessage(tables, thread, message, rotten, repair);
            foreach (Cid lost in messagesOf.GetValueOrDefault(row.Thread, []).Except(indexed.Select(message => message.Cid)))
                AddLost(tables, thread, row, lost, repair);
        }
        CheckRoot(tables, row, rotten, repair);
        if (repair)
            tables.Conversations.Recount(row.Conversation);
        return true;
    }

    private void CheckDescription(IMailTables tables, Genesis genesis, ThreadRow row, bool repair)
    {
        ThreadRow derived = row with { Creator = genesis.Creator, BranchOf = genesis.BranchOf, IsFiled = genesis.IsFiled };
        List<Did> parties = [.. genesis.Parties.Select(party => party.Identity)];
        if (derived == row && parties.ToHashSet().SetEquals(tables.Threads.Parties(row.Id)))
            return;
        Report($"The index is wrong about the parties or the origin of thread {row.Thread}.", repair);
        if (repair)
            tables.Threads.Describe(derived, parties);
    }

    private void CheckMessage(IMailTables tables, Threads.Thread thread, MessageRow row, HashSet<Cid> rotten, bool repair)
    {
        messages++;
        rotten.Remove(row.Cid);
        if (tables.Blocks.Find(row.Cid) is not { } block || !thread.TryOpen(block, out Message? message, out string? refusal))
        {
            faults.Add($"Message {row.Cid} of thread {thread.Id} is missing or damaged. 'defms sync --full' asks its parties for it.");
            return;
        }
        CheckChunks(tables, message, row, rotten, repair);
        IndexedMessage described = Indexing.Read(thread, message, tables.Blocks, self, row.Date);
        CheckWords(tables, row, described, repair);
        parts.AddMessage(row.Thread, described);
        if (SaysTheSame(described.Row, row))
            return;
        Report($"The index is wrong about message {row.Cid}.", repair);
        if (!repair)
            return;
        tables.Messages.Update(described.Row with { Id = row.Id, Thread = row.Thread });
        const MessageFlags derived = MessageFlags.Damaged | MessageFlags.Incomplete | MessageFlags.Own | MessageFlags.Record;
        tables.Messages.SetFlags([row.Id], described.Row.Flags & derived, derived & ~described.Row.Flags);
    }

    /// <summary>Empties the full-text index, which is filled anew message by message; how many were in it.</summary>
    private long ClearSearch() => store.Write(tables =>
    {
        long searched = tables.Search.Count();
        tables.Search.Clear();
        return searched;
    });

    private void CheckSearch(long before)
    {
        long after = store.Read(tables => tables.Search.Count());
        if (after != before)
            Report($"The full-text index knew {before} messages of {after}.", isRepaired: true);
    }

    private void CheckWords(IMailTables tables, MessageRow row, IndexedMessage described, bool repair)
    {
        if (described.Text is not { } text || tables.Search.Has(row.Id))
            return;
        if (repair)
            tables.Search.Add(row.Id, described.Row.Date, text);
        else
            Report($"Message {row.Cid} is not in the full-text index.", isRepaired: false);
    }

    /// <summary>A block that belongs to the thread by itself, and that the index does not know.</summary>
    private void AddLost(IMailTables tables, Threads.Thread thread, ThreadRow row, Cid lost, bool repair)
    {
        if (tables.Blocks.Find(lost) is not { } block || !thread.TryOpen(block, out Message? message, out _))
            return;
        messages++;
        Report($"The index lacks message {lost} of thread {thread.Id}.", repair);
        IndexedMessage described = Indexing.Read(thread, message, tables.Blocks, self, now: 0);
        parts.AddMessage(row.Id, described);
        if (!repair)
            return;
        long id = tables.Messages.Add(described.Row with { Thread = row.Id });
        tables.Messages.AddMissing(id, message.Body.Distinct().Where(chunk => !tables.Blocks.Has(chunk)));
        if (described.Text is { } text)
            tables.Search.Add(id, described.Row.Date, text);
        Records.RecordBook.Recall(tables, lost, now: 0);
    }

    /// <summary>Compares which threads show as one with what their messages say, and whether every Message-ID leads there.</summary>
    private void CheckConversations(bool repair)
    {
        if (store.Read(tables => parts.AreKept(tables)))
            return;
        Report("The index is wrong about which threads are one conversation.", repair);
        if (repair)
            store.Write(tables => parts.Keep(tables));
    }

    /// <summary>A damaged chunk is let go and awaited, so that it comes again from somebody who has it whole.</summary>
    private void CheckChunks(IMailTables tables, Message message, MessageRow row, HashSet<Cid> rotten, bool repair)
    {
        HashSet<Cid> awaited = [.. tables.Messages.Missing(row.Thread)];
        List<Cid> lost = [.. message.Body.Distinct().Where(chunk => !awaited.Contains(chunk) && tables.Blocks.Find(chunk) is null)];
        foreach (Cid chunk in lost)
        {
            rotten.Remove(chunk);
            Report($"A chunk of message {row.Cid} is missing or damaged: {chunk}.{(repair ? " It will be fetched again." : "")}", repair);
        }
        if (!repair || lost.Count == 0)
            return;
        tables.Blocks.Remove(lost);
        tables.Messages.AddMissing(row.Id, lost);
    }

    private void CheckRoot(IMailTables tables, ThreadRow row, HashSet<Cid> rotten, bool repair)
    {
        RootChange built = ThreadRoot.Build(row.Thread, tables.Messages.Names(row.Id));
        List<Cid> nodes = [.. built.Blocks.Select(block => block.Cid)];
        rotten.ExceptWith(nodes);
        if (built.Root == row.Root && built.Count == row.Count && nodes.TrueForAll(node => tables.Blocks.Find(node) is not null))
            return;
        Report($"The root of thread {row.Thread} is not that of its messages.", repair);
        if (!repair)
            return;
        tables.Blocks.Remove([.. ThreadRoot.Nodes(row.Root, tables.Blocks), .. nodes]);
        tables.Blocks.Put(built.Blocks);
        tables.Threads.SetRoot(row.Id, built.Root, built.Count);
    }

    private static bool SaysTheSame(MessageRow derived, MessageRow kept)
    {
        byte[] none = [];
        return derived.Hash.AsSpan().SequenceEqual(kept.Hash)
            && derived with { Id = 0, Thread = 0, Hash = none, Flags = derived.Flags & ~FilingFlags.Personal }
                == kept with { Id = 0, Thread = 0, Hash = none, Flags = kept.Flags & ~FilingFlags.Personal };
    }

    private void Report(string fault, bool isRepaired)
    {
        faults.Add(fault);
        repaired += isRepaired ? 1 : 0;
    }
}
