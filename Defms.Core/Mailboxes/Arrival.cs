using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes;

/// <summary>What came of taking messages in.</summary>
/// <param name="Thread">The thread as it stands now.</param>
/// <param name="Added">How many messages were new; records are not counted.</param>
/// <param name="Missing">Chunks of the thread that are still awaited.</param>
public sealed record ArrivalResult(ThreadRow Thread, int Added, IReadOnlyList<Cid> Missing);

/// <summary>
/// The one way messages come into a store, own ones and others': set union, index, conversation and root in one transaction. A block that was
/// found damaged here and comes again is mended.
/// </summary>
public static class Arrival
{
    /// <summary>Unites messages (and chunks of theirs, or awaited ones) with a thread. What is here already changes nothing.</summary>
    public static ArrivalResult Add(IMailTables tables, Threads.Thread thread, IReadOnlyList<IndexedMessage> messages, IReadOnlyCollection<Block> chunks, Did self, long now)
    {
        List<IndexedMessage> added = [.. messages.DistinctBy(message => message.Message.Cid).Where(message => !tables.Messages.Has(message.Message.Cid))];
        ThreadRow? known = tables.Threads.Find(thread.Id);
        ThreadRow row = known ?? Enter(tables, thread, added);
        KeepBlocks(tables, added, chunks);
        IReadOnlyList<Cid> mended = known is null ? [] : Mend(tables, thread, messages.Except(added));
        foreach (IndexedMessage message in added)
            row = AddOne(tables, row, message);
        foreach (long completed in tables.Messages.Arrived(chunks.Select(chunk => chunk.Cid).Concat(mended)))
            Complete(tables, thread, completed, self);
        if (known is not null && added.Count > 0)
            SetRoot(tables, row, added);
        Records.PrivateThreads.Take(tables, thread, row.Id, added, self, now);
        if (tables.Records.LatestTime() > 0)
            added.ForEach(message => Records.RecordBook.Recall(tables, message.Message.Cid, now));
        return new ArrivalResult(tables.Threads.Find(row.Id)!, added.Count(message => message.RecordMail is null), tables.Messages.Missing(row.Id));
    }

    /// <summary>Enters a new thread with its genesis block and the root over its first messages, in the conversation it belongs to.</summary>
    private static ThreadRow Enter(IMailTables tables, Threads.Thread thread, List<IndexedMessage> first)
    {
        Genesis genesis = thread.Genesis;
        RootChange root = ThreadRoot.Build(thread.Id, first.Select(message => message.Message.Cid));
        tables.Blocks.Put([genesis.Block, .. root.Blocks]);
        long conversation = ConversationFor(tables, genesis, first);
        var row = new ThreadRow(0, thread.Id, thread.Key.ToArray(), root.Root, root.Count, genesis.Creator, genesis.BranchOf, conversation)
        {
            IsFiled = genesis.IsFiled,
        };
        long id = tables.Threads.Add(row, genesis.Parties.Select(party => party.Identity));
        tables.Threads.Recall(thread.Id);
        AdoptBranches(tables, conversation, thread);
        return row with { Id = id };
    }

    private static void KeepBlocks(IMailTables tables, List<IndexedMessage> added, IReadOnlyCollection<Block> chunks)
    {
        HashSet<Cid> linked = [.. added.SelectMany(message => message.Message.Body)];
        tables.Blocks.Put(added.Select(message => message.Message.Block));
        tables.Blocks.Put(chunks.Where(chunk => linked.Contains(chunk.Cid) || tables.Messages.IsMissing(chunk.Cid)));
    }

    /// <summary>Puts back the genesis block and messages that were let go of because they were damaged.</summary>
    private static List<Cid> Mend(IMailTables tables, Threads.Thread thread, IEnumerable<IndexedMessage> known)
    {
        List<Block> awaited = [.. known.Select(message => message.Message.Block).Prepend(thread.Genesis.Block).Where(block => tables.Messages.IsMissing(block.Cid))];
        tables.Blocks.Put(awaited);
        return [.. awaited.Select(block => block.Cid)];
    }

    private static ThreadRow AddOne(IMailTables tables, ThreadRow row, IndexedMessage message)
    {
        MessageRow described = message.Row with { Thread = row.Id };
        row = Join(tables, row, message.Ids, described, out bool isSameMail);
        long id = tables.Messages.Add(described);
        List<Cid> missing = [.. message.Message.Body.Distinct().Where(chunk => !tables.Blocks.Has(chunk))];
        if (missing.Count > 0)
            tables.Messages.AddMissing(id, missing);
        tables.Conversations.Count(row.Conversation, described with { Id = id }, isSameMail);
        if (message.Text is { } text)
            tables.Search.Add(id, described.Date, text);
        return row;
    }

    /// <summary>Makes one conversation of all that a message belongs to: by its ids, as a copy of the same mail, and by its subject.</summary>
    private static ThreadRow Join(IMailTables tables, ThreadRow row, IReadOnlyList<string> ids, MessageRow described, out bool isSameMail)
    {
        IReadOnlyList<long> copies = tables.Messages.ConversationsOfCopies(described);
        isSameMail = copies.Count > 0;
        SortedSet<long> all = [row.Conversation, .. tables.Conversations.OfMessageIds(ids), .. copies];
        foreach (long thread in SubjectJoin.ThreadsOf(tables, described))
            all.Add(tables.Threads.Find(thread)!.Conversation);
        long conversation = all.Min;
        foreach (long other in all)
        {
            if (other != conversation)
                tables.Conversations.Merge(conversation, other);
        }
        tables.Conversations.Claim(conversation, ids);
        return conversation == row.Conversation ? row : row with { Conversation = conversation };
    }

    /// <summary>A branch shows with its parent only where its creator is a party of the parent; else its first messages' ids decide.</summary>
    private static long ConversationFor(IMailTables tables, Genesis genesis, List<IndexedMessage> first)
    {
        if (genesis.BranchOf is { } name && tables.Threads.Find(name) is { } parent && tables.Threads.HasParty(parent.Id, genesis.Creator))
            return parent.Conversation;
        IReadOnlyList<long> named = tables.Conversations.OfMessageIds(first.SelectMany(message => message.Ids));
        return named.Count > 0 ? named[0] : tables.Conversations.Create();
    }

    /// <summary>Branches of this thread that came before it.</summary>
    private static void AdoptBranches(IMailTables tables, long conversation, Threads.Thread thread)
    {
        foreach (ThreadRow branch in tables.Threads.BranchesOf(thread.Id))
        {
            if (branch.Conversation != conversation && thread.Genesis.Find(branch.Creator) is not null)
                tables.Conversations.Merge(conversation, branch.Conversation);
        }
    }

    /// <summary>The last awaited block of a message is here: now its octets can be read, or it is known which chunks they lack.</summary>
    private static void Complete(IMailTables tables, Threads.Thread thread, long id, Did self)
    {
        MessageRow row = tables.Messages.Find(id)!;
        if (tables.Blocks.Find(row.Cid) is not { } block || !thread.TryOpen(block, out Message? message, out _))
            return;
        OctetsResult octets = thread.ReadOctets(message, tables.Blocks);
        tables.Messages.AddMissing(id, octets.Missing);
        MessageFlags state = octets.IsDamaged ? MessageFlags.Damaged : octets.Missing.Count > 0 ? MessageFlags.Incomplete : MessageFlags.None;
        tables.Messages.SetFlags([id], state, (MessageFlags.Damaged | MessageFlags.Incomplete) & ~state);
        if (octets.Octets is null)
            return;
        IndexedMessage described = Indexing.Describe(message, octets.Octets, self, now: row.Date);
        MessageRow whole = described.Row with { Id = id, Thread = row.Thread };
        tables.Messages.Update(whole);
        ThreadRow owner = Join(tables, tables.Threads.Find(row.Thread)!, described.Ids, whole, out _);
        tables.Conversations.Recount(owner.Conversation);
        if (described.Text is { } text && !tables.Search.Has(id))
            tables.Search.Add(id, described.Row.Date, text);
    }

    private static void SetRoot(IMailTables tables, ThreadRow row, List<IndexedMessage> added)
    {
        RootChange change = ThreadRoot.Add(row.Thread, row.Root, added.Select(message => message.Message.Cid), tables.Blocks)
            ?? ThreadRoot.Build(row.Thread, tables.Messages.Names(row.Id));
        tables.Blocks.Remove(change.Superseded);
        tables.Blocks.Put(change.Blocks);
        tables.Threads.SetRoot(row.Id, change.Root, change.Count);
    }
}
