using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Threads;

namespace Defms.Core.Storage;

/// <summary>
/// Writes whole threads into CAR files: for each an announcement to the owner himself, which carries its key sealed to him, the genesis, each
/// message behind its chunks, and the nodes of the root. The file's roots are the threads' roots (docs/formats/filing.md, "CAR").
/// </summary>
public sealed class MailFilesCarWriter(IStore<IMailTables> store, Identity self, TimeProvider time, RandomSource random)
{
    /// <summary>As many roots as readers take; an export of more threads is several files.</summary>
    public const int MaxThreads = 1000;

    /// <summary>Writes threads, at most <see cref="MaxThreads"/>, into one file, durable when this returns.</summary>
    /// <returns>How many messages were written.</returns>
    /// <exception cref="StoreException">A thread is not whole.</exception>
    public async Task<long> WriteAsync(string path, IReadOnlyList<Cid> threads, CancellationToken cancel)
    {
        using DurableFile file = DurableFile.Create(path);
        List<WholeThread> whole = [.. threads.Select(name => store.Read(tables => Read(tables, name)))];
        CarWriter car = await CarWriter.CreateAsync(file.Stream, [.. whole.Select(thread => thread.Row.Root)], cancel);
        long messages = 0;
        foreach (WholeThread thread in whole)
        {
            foreach (Block block in thread.First)
                await car.WriteAsync(block, cancel);
            HashSet<Cid> written = [];
            foreach (Cid message in thread.Contents.Messages)
            {
                foreach (Block block in store.Read(tables => WithChunks(tables, message, written)))
                    await car.WriteAsync(block, cancel);
                messages++;
            }
            foreach (Block node in thread.Contents.Nodes)
                await car.WriteAsync(node, cancel);
        }
        file.Commit();
        return messages;
    }

    private WholeThread Read(IMailTables tables, Cid name)
    {
        ThreadRow row = tables.Threads.Find(name) ?? throw new MailboxException($"There is no thread {name} here.", MailboxFault.NotFound);
        if (tables.Blocks.Find(name) is not { } genesis || ThreadRoot.Read(row.Root, tables.Blocks) is not { } contents)
            throw new StoreException($"Thread {name} is not whole. Run 'defms verify --repair'.");
        var key = Announcement.Issue(
            self, OwnCard.Get(tables), self.Certificate, row.Thread, row.Root, row.Key, time.GetUtcNow().ToUnixTimeMilliseconds(), random);
        return new WholeThread(row, contents, [key.Block, genesis]);
    }

    /// <summary>A message behind those of its chunks that are here and not written yet.</summary>
    private static List<Block> WithChunks(IMailTables tables, Cid name, HashSet<Cid> written)
    {
        if (tables.Blocks.Find(name) is not { } block || !MessageNode.TryRead(block, out MessageNode? node, out _))
            throw new StoreException($"Message {name} is missing or damaged. Run 'defms verify --repair'.");
        List<Block> blocks = [.. node.Body.Where(written.Add).Select(tables.Blocks.Find).OfType<Block>(), block];
        return blocks;
    }

    private sealed record WholeThread(ThreadRow Row, RootContents Contents, IReadOnlyList<Block> First);
}
