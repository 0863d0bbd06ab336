using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes.Records;
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
/// derives all of them anew from the blocks and the keys of the threads, and lets go of damaged blocks so that the next sync fetches them
/// again: chunks, messages, and the first blocks of threads. Only what neither the blocks nor the records say is lost with the index: flags and labels that no other machine was told of yet, and
/// when mail without any date arrived.
/// </summary>
public sealed class Verification(IStore<IMailTables> store, Did self)
{
    private readonly List<string> faults = [];
    private readonly ConversationParts parts = new();
    private readonly Dictionary<Cid, List<Cid>> messagesOf = [];
    private readonly CardCheck cards = new(self);
    private NearNames near = new([]);
    private Dictionary<long, PrivateThreadRow> privateThreads = [];
    private int repaired;
    private int messages;

    /// <param name="progress">Called with the number of blocks or threads done and the number there are.</param>
    public VerificationReport Run(bool repair, Action<int, int> progress, CancellationToken cancel)
    {
        int blocks = CheckBlocks(progress, cancel, out HashSet<Cid> rotten);
        store.Read(tables => cards.Look(tables));
        privateThreads = store.Read(tables => tables.Records.PrivateThreads().ToDictionary(row => row.Thread));
        CheckPlaces(repair);
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
        CheckCards(repair);
        LetGo(rotten, repair);
        return new VerificationReport(blocks, threads.Count, messages, faults, repaired);
    }

    private int CheckBlocks(Action<int, int> progress, CancellationToken cancel, out HashSet<Cid> rotten)
    {
        List<Cid> names = store.Read(tables => tables.Blocks.List().ToList());
        near = new NearNames(names);
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
        if (tables.Threads.Find(listed.Id) is not { } row || row.Thread != listed.Thread)
            return false;
        Threads.Thread? thread = Open(tables, row);
        if (thread is null && TurnedBits.Mend(row, near, tables.Blocks) is { } mended)
        {
            Report($"The {(mended.Thread == row.Thread ? "key" : "name")} of thread {mended.Thread} is damaged in the index.", repair);
            if (!repair)
                return false;
            tables.Threads.Mend(row.Id, mended.Thread, mended.Key);
            row = mended;
            thread = Open(tables, row);
        }
        if (TryLetGoOfRecords(tables, row, rotten, repair))
        {
            thread?.Dispose();
            return true;
        }
        rotten.Remove(row.Thread);
        parts.AddThread(row);
        IReadOnlyList<MessageRow> indexed = tables.Messages.InThread(row.Id);
        if (thread is null)
        {
            ReportUnopened(tables, row, indexed, repair);
            foreach (MessageRow message in indexed.Where(message => tables.Blocks.Find(message.Cid) is null))
                LoseMessage(tables, row, message, rotten, repair);
            // What the index no longer names, the root may still name.
            if (indexed.Count == row.Count)
                CheckRoot(tables, row, rotten, repair);
            return false;
        }
        using (thread)
        {
            cards.Add(thread.Genesis);
            CheckDescription(tables, thread.Genesis, row, repair);
            foreach (MessageRow message in indexed)
                CheckMessage(tables, thread, row, message, rotten, repair);
            foreach (Cid lost in messagesOf.GetValueOrDefault(row.Thread, []).Except(indexed.Select(message => message.Cid)))
                AddLost(tables, thread, row, lost, repair);
            CheckRecords(tables, thread.Genesis, row, repair);
        }
        CheckRoot(tables, row, rotten, repair);
        if (repair)
            tables.Conversations.Recount(row.Conversation);
        return true;
    }

    /// <summary>
    /// A thread of records of which something was asked for before and did not come: nobody else has it, and what it said
    /// stands here beside it, so that a new one can say it.
    /// </summary>
    private bool TryLetGoOfRecords(IMailTables tables, ThreadRow row, HashSet<Cid> rotten, bool repair)
    {
        if (!repair || !privateThreads.TryGetValue(row.Id, out PrivateThreadRow? records) || tables.Messages.Missing(row.Id).All(tables.Blocks.Has))
            return false;
        rotten.ExceptWith([row.Thread, .. tables.Messages.Names(row.Id), .. ThreadRoot.Nodes(row.Root, tables.Blocks)]);
        PrivateThreads.Drop(tables, records);
        tables.Records.ForgetTold();
        Report($"Thread {row.Thread} is damaged. It told your other machines of flags and contacts; a new one will.", isRepaired: true);
        return true;
    }

    private void CheckRecords(IMailTables tables, Genesis genesis, ThreadRow row, bool repair)
    {
        PrivateThreadRow? right = PrivateThreads.Describe(tables, genesis, row.Id, self);
        if (privateThreads.GetValueOrDefault(row.Id) == right)
            return;
        Report($"The index is wrong about whether thread {row.Thread} holds records.", repair);
        if (!repair)
            return;
        tables.Records.RemovePrivateThread(row.Id);
        if (right is not null)
            tables.Records.AddPrivateThread(right);
    }

    private static Threads.Thread? Open(IMailTables tables, ThreadRow row) =>
        tables.Blocks.Find(row.Thread) is { } genesis && Threads.Thread.TryOpen(genesis, row.Key, out Threads.Thread? thread, out _) ? thread : null;

    private void ReportUnopened(IMailTables tables, ThreadRow row, IReadOnlyList<MessageRow> indexed, bool repair)
    {
        if (tables.Blocks.Find(row.Thread) is not null)
        {
            faults.Add($"Thread {row.Thread} cannot be opened: its key is damaged. A backup has it.");
            return;
        }
        ReportLost($"Thread {row.Thread} cannot be opened: its first block", repair);
        Await(tables, indexed.MinBy(message => message.Size), row.Thread, repair);
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

    private void CheckMessage(IMailTables tables, Threads.Thread thread, ThreadRow owner, MessageRow row, HashSet<Cid> rotten, bool repair)
    {
        messages++;
        if (tables.Blocks.Find(row.Cid) is not { } block)
        {
            LoseMessage(tables, owner, row, rotten, repair);
            return;
        }
        if (!thread.TryOpen(block, out Message? message, out _))
        {
            Misplace(tables, block, row, repair);
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

    /// <summary>A block is here that does not belong to the thread where the index has it.</summary>
    private void Misplace(IMailTables tables, Block block, MessageRow row, bool repair)
    {
        Report($"The index is wrong about where message {row.Cid} belongs.", repair);
        if (!repair)
            return;
        if (MessageNode.TryRead(block, out MessageNode? node, out _) && tables.Threads.Find(node.Thread) is { } right && right.Id != row.Thread)
            tables.Messages.Move(row.Id, right.Id);
        else
            tables.Messages.Remove(row.Id);
    }

    private void LoseMessage(IMailTables tables, ThreadRow thread, MessageRow row, HashSet<Cid> rotten, bool repair)
    {
        rotten.Remove(row.Cid);
        if (!tables.Blocks.Has(row.Cid) && ThreadRoot.Read(thread.Root, tables.Blocks) is { } known && !known.Messages.Contains(row.Cid))
        {
            Report($"The index names a message {row.Cid} that thread {thread.Thread} does not have.", repair);
            if (repair)
                tables.Messages.Remove(row.Id);
            return;
        }
        ReportLost($"Message {row.Cid} of thread {thread.Thread}", repair);
        Await(tables, row, row.Cid, repair);
        parts.AddIndexed(row);
    }

    /// <summary>Only somebody else can mend it, so it stays a fault until he has.</summary>
    private void ReportLost(string what, bool repair) =>
        faults.Add($"{what} is missing or damaged. {(repair ? "'defms sync' asks" : "After 'defms verify --repair', 'defms sync' asks")} others for it.");

    /// <summary>Lets go of what is left of a block, and notes with a message of its thread that it is wanted.</summary>
    private static void Await(IMailTables tables, MessageRow? message, Cid block, bool repair)
    {
        if (!repair || message is null)
            return;
        tables.Blocks.Remove([block]);
        tables.Messages.AddMissing(message.Id, [block]);
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
        if (tables.Messages.Find(lost) is { } elsewhere)
        {
            Misplace(tables, block, elsewhere, repair);
            CheckMessage(tables, thread, row, elsewhere with { Thread = row.Id }, [], repair);
            return;
        }
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
        RecordBook.Recall(tables, lost, now: 0);
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

    /// <summary>Every thread is in some conversation, before they are compared and joined.</summary>
    private void CheckPlaces(bool repair)
    {
        if (repair && store.Write(tables => tables.Conversations.AddMissing()) > 0)
            Report("The index named conversations that it did not have.", isRepaired: true);
    }

    private void CheckCards(bool repair)
    {
        foreach ((string fault, Card? found) in cards.Faults())
        {
            if (repair && found is not null)
                store.Write(tables => cards.Mend(tables, found));
            Report(fault, repair && found is not null);
        }
    }

    private void LetGo(HashSet<Cid> rotten, bool repair)
    {
        foreach (Cid cid in rotten)
            Report($"Block {cid} does not match its name and belongs to nothing that is kept.", repair);
        if (repair && rotten.Count > 0)
        {
            store.Write(tables =>
            {
                // One that came again meanwhile is not rotten any more.
                tables.Blocks.Remove(rotten.Where(cid => tables.Blocks.Find(cid) is null).ToList());
                return true;
            });
        }
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
        bool isRight = built.Root == row.Root && built.Count == row.Count;
        List<Cid> lost = [.. nodes.Where(node => tables.Blocks.Find(node) is null)];
        if (!isRight)
            Report($"The root of thread {row.Thread} is not that of its messages.", repair);
        else
            lost.ForEach(node => Report($"Block {node} of the root of thread {row.Thread} is missing or damaged.", repair));
        if (!repair || (isRight && lost.Count == 0))
            return;
        if (tables.Blocks.Find(row.Root) is { } old && RootNode.TryRead(old, out RootNode? top, out _) && top.Thread == row.Thread)
            tables.Blocks.Remove(ThreadRoot.Nodes(row.Root, tables.Blocks));
        tables.Blocks.Remove(nodes);
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
