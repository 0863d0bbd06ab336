using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Threads;

namespace Defms.Core.Storage;

/// <summary>
/// Takes threads out of a CAR as <see cref="MailFilesCarWriter"/> writes it. Every block is checked against its name and every message
/// against its thread; what does not belong is passed over. Threads whose key is neither in the file, sealed to the owner, nor in the store
/// cannot be read.
/// </summary>
public sealed class MailFilesCarReader(IStore<IMailTables> store, Identity self)
{
    private const int BatchCount = 256;
    private const long BatchBytes = 8 << 20;

    private readonly Dictionary<Cid, byte[]> keys = [];
    private readonly Dictionary<Cid, Block> chunks = [];
    private readonly List<IndexedMessage> waiting = [];
    private Threads.Thread? thread;
    private long bytes;
    private long imported;
    private long alreadyHere;
    private long unreadable;

    /// <param name="place">What to call the file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public async Task<FilingResult> ReadAsync(string path, CancellationToken cancel)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        CarReader car = await CarReader.OpenAsync(stream, CarBudget.Unlimited, cancel);
        List<UnreadableMail> faults = [];
        try
        {
            while (await car.NextAsync(cancel) is { } block)
            {
                if (!Take(block))
                    unreadable++;
            }
            Commit();
        }
        finally
        {
            thread?.Dispose();
            foreach (byte[] key in keys.Values)
                CryptographicOperations.ZeroMemory(key);
        }
        if (car.Error is { } error)
            faults.Add(new UnreadableMail(path, $"The CAR {error}."));
        if (unreadable > 0)
            faults.Add(new UnreadableMail(path, $"{unreadable} messages are of threads whose key is not here."));
        return new FilingResult(imported, alreadyHere, unreadable + (car.Error is null ? 0 : 1), faults);
    }

    /// <summary>False for a message that cannot be opened.</summary>
    private bool Take(Block block)
    {
        if (!block.Cid.IsOurs)
            return true;
        if (block.Cid.Codec == Cid.Raw)
        {
            chunks[block.Cid] = block;
            bytes += block.Data.Length;
            return true;
        }
        if (MessageNode.TryRead(block, out MessageNode? node, out _))
            return TakeMessage(block, node.Thread);
        if (Announcement.TryRead(block, out Announcement? announcement, out _) && announcement.TryOpen(self, out byte[] key, out _))
            keys[announcement.Thread] = key;
        else if (keys.TryGetValue(block.Cid, out byte[]? known) || (known = KeyOf(block)).Length > 0)
            Enter(block, known);
        return true;
    }

    private byte[] KeyOf(Block block) =>
        Genesis.PublicKeyOf(block) is { Length: > 0 } open ? open : store.Read(tables => tables.Threads.Find(block.Cid)?.Key) ?? [];

    private void Enter(Block genesis, byte[] key)
    {
        Commit();
        thread?.Dispose();
        thread = Threads.Thread.TryOpen(genesis, key, out Threads.Thread? opened, out _) && opened.Genesis.Find(self.Did) is not null ? opened : null;
    }

    private bool TakeMessage(Block block, Cid name)
    {
        if (thread is null || thread.Id != name || !thread.TryOpen(block, out Message? message, out _))
            return false;
        waiting.Add(Indexing.Read(thread, message, new Near(chunks, store), self.Did, now: 0));
        bytes += block.Data.Length;
        if (waiting.Count >= BatchCount || bytes >= BatchBytes)
            Commit();
        return true;
    }

    private void Commit()
    {
        if (waiting.Count > 0)
        {
            ArrivalResult result = store.Write(tables => Arrival.Add(tables, thread!, waiting, chunks.Values, self.Did, now: 0));
            imported += result.Added;
            alreadyHere += waiting.Count - result.Added;
        }
        waiting.Clear();
        chunks.Clear();
        bytes = 0;
    }

    /// <summary>What came last, in front of what is kept.</summary>
    private sealed class Near(Dictionary<Cid, Block> chunks, IStore<IMailTables> store) : IBlockSource
    {
        public Block? Find(Cid cid) => chunks.TryGetValue(cid, out Block? block) ? block : store.Read(tables => tables.Blocks.Find(cid));
    }
}
