using Defms.Core.Blocks;

namespace Defms.Core.Mailboxes;

/// <summary>Opens threads that the store keeps.</summary>
public static class ThreadAccess
{
    /// <exception cref="MailboxException">The thread is not here, or its genesis block is damaged.</exception>
    public static Threads.Thread Open(IMailTables tables, Cid name) => Open(tables, name, tables.Blocks);

    /// <param name="blocks">Where the genesis block is looked for.</param>
    /// <exception cref="MailboxException">The thread is not here, or its genesis block is damaged.</exception>
    public static Threads.Thread Open(IMailTables tables, Cid name, IBlockSource blocks) =>
        tables.Threads.Find(name) is { } row
            ? Open(row, blocks)
            : throw new MailboxException($"There is no thread {name} here.", MailboxFault.NotFound);

    /// <exception cref="MailboxException">The genesis block is damaged.</exception>
    public static Threads.Thread Open(IMailTables tables, ThreadRow row) => Open(row, tables.Blocks);

    /// <summary>The thread, or null where its genesis block is damaged: for work on all threads, which one must not end.</summary>
    public static Threads.Thread? Find(IMailTables tables, ThreadRow row) =>
        tables.Blocks.Find(row.Thread) is { } block && Threads.Thread.TryOpen(block, row.Key, out Threads.Thread? thread, out _) ? thread : null;

    private static Threads.Thread Open(ThreadRow row, IBlockSource blocks)
    {
        if (blocks.Find(row.Thread) is not { } block)
            throw new MailboxException($"The first block of thread {row.Thread} is missing or damaged. Run 'defms verify'.");
        return Threads.Thread.TryOpen(block, row.Key, out Threads.Thread? thread, out string? error)
            ? thread
            : throw new MailboxException($"Thread {row.Thread} cannot be opened: its first block {error}. Run 'defms verify'.");
    }
}
