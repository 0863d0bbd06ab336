using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Core.Storage;

/// <summary>A mail on its way out.</summary>
/// <param name="Row">What the index says, with the flags of all copies of these very octets.</param>
public sealed record ExportedMail(MessageRow Row, Cid Thread, byte[] Octets);

/// <summary>What came of an export.</summary>
/// <param name="NotWhole">Messages left out because chunks of them are missing or damaged.</param>
public sealed record ExportResult(long Mails, IReadOnlyList<Cid> NotWhole);

/// <summary>
/// Hands out mail of a store, conversation by conversation, oldest first: each different octets once, deleted mail included. What is held at
/// a time is one mail and the index of one conversation.
/// </summary>
public sealed class MailFilesExport(IStore<IMailTables> store)
{
    private readonly List<Cid> notWhole = [];
    private long mails;

    /// <summary>The conversations of all threads, in the order in which they came.</summary>
    public IReadOnlyList<long> AllConversations() =>
        store.Read(tables => (IReadOnlyList<long>)[.. tables.Threads.All().Select(row => row.Conversation).Distinct()]);

    /// <param name="write">Called with each mail.</param>
    /// <param name="progress">Called with the number of conversations done and the number there are.</param>
    public ExportResult Run(IReadOnlyList<long> conversations, Action<ExportedMail> write, Action<int, int> progress, CancellationToken cancel)
    {
        for (int i = 0; i < conversations.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            Export(conversations[i], write, cancel);
            progress(i + 1, conversations.Count);
        }
        return new ExportResult(mails, notWhole);
    }

    private void Export(long conversation, Action<ExportedMail> write, CancellationToken cancel)
    {
        IReadOnlyList<MessageRow> rows = store.Read(tables =>
            (IReadOnlyList<MessageRow>)[.. tables.Messages.InConversation(conversation).Where(row => !row.Flags.HasFlag(MessageFlags.Record))]);
        var threads = new Dictionary<long, Threads.Thread>();
        try
        {
            foreach (IGrouping<string, MessageRow> copies in rows.GroupBy(row => Convert.ToHexString(row.Hash)))
            {
                cancel.ThrowIfCancellationRequested();
                if (Find(copies, threads) is { } mail)
                    write(mail);
                mails += 1;
            }
        }
        finally
        {
            foreach (Threads.Thread thread in threads.Values)
                thread.Dispose();
        }
    }

    /// <summary>The first copy that is whole.</summary>
    private ExportedMail? Find(IGrouping<string, MessageRow> copies, Dictionary<long, Threads.Thread> threads)
    {
        foreach (MessageRow row in copies)
        {
            if (store.Read(tables => Read(tables, row, threads)) is { } octets)
                return new ExportedMail(row with { Flags = FlagsOf(copies) }, threads[row.Thread].Id, octets);
        }
        notWhole.Add(copies.First().Cid);
        mails -= 1;
        return null;
    }

    private static byte[]? Read(IMailTables tables, MessageRow row, Dictionary<long, Threads.Thread> threads)
    {
        if (!threads.TryGetValue(row.Thread, out Threads.Thread? thread))
            threads[row.Thread] = thread = ThreadAccess.Open(tables, tables.Threads.Find(row.Thread)!);
        return tables.Blocks.Find(row.Cid) is { } block && thread.TryOpen(block, out Message? message, out _)
            ? thread.ReadOctets(message, tables.Blocks).Octets
            : null;
    }

    /// <summary>A mail is read when a copy of it is, and deleted when all are.</summary>
    private static MessageFlags FlagsOf(IEnumerable<MessageRow> copies)
    {
        MessageFlags any = copies.Aggregate(MessageFlags.None, (flags, row) => flags | row.Flags);
        return copies.All(row => row.Flags.HasFlag(MessageFlags.Deleted)) ? any : any & ~MessageFlags.Deleted;
    }
}
