using Defms.Core.Blocks;

namespace Defms.Core.Mailboxes;

/// <summary>Opens threads that the store keeps.</summary>
public static class ThreadAccess
{
    /// <exception cref="MailboxException">The thread is not here, or its genesis block is damaged.</exception>
    public static Threads.Thread Open(IMailTables tables, Cid name) =>
        tables.Threads.Find(name) is { } row
            ? Open(tables, row)
            : throw new MailboxException($"There is no thread {name} here.", MailboxFault.NotFound);

    /// <exception cref="MailboxException">The genesis block is damaged.</exception>
    public static Threads.Thread Open(IMailTables tables, ThreadRow row)
    {
        if (tables.Blocks.Find(row.Thread) is not { } block)
            throw new MailboxException($"The first block of thread {row.Thread} is missing or damaged. Run 'defms verify'.");
        return Threads.Thread.TryOpen(block, row.Key, out Threads.Thread? thread, out string? error)
            ? thread
            : throw new MailboxException($"Thread {row.Thread} cannot be opened: its first block {error}. Run 'defms verify'.");
    }
}
