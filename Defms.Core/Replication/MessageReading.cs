using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>
/// Opens and reads the messages of one announcement while later ones still arrive, handful by handful on the thread pool. Blocks that do
/// not belong to the thread are left aside. Used by one caller at a time.
/// </summary>
/// <param name="self">The owner of the store.</param>
/// <param name="now">Unix milliseconds.</param>
/// <param name="chunks">Where the chunks of large messages are looked for, once all has come.</param>
internal sealed class MessageReading(Did self, long now, IBlockSource chunks) : IAsyncDisposable
{
    /// <summary>Some milliseconds of work: enough to be worth a thread, little enough that all processors end together.</summary>
    private const int Handful = 64;

    private readonly List<Task<List<IndexedMessage>>> handfuls = [];
    private List<Block> waiting = [];
    private string? refusal;

    /// <summary>The thread that the messages should belong to; this owns it. Reading begins when it is set.</summary>
    public Threads.Thread? Thread { get; set; }

    /// <summary>Why a block was left aside, as words that follow "the message"; null when all belong.</summary>
    public string? Refusal => refusal;

    public void Add(Block candidate)
    {
        waiting.Add(candidate);
        if (waiting.Count >= Handful && Thread is { } thread)
            handfuls.Add(Task.Run(Reading(thread)));
    }

    /// <summary>The messages that belong, in the order they came, with what the index will say of them.</summary>
    /// <exception cref="InvalidOperationException">There is no thread.</exception>
    public async Task<List<IndexedMessage>> EndAsync()
    {
        Threads.Thread thread = Thread ?? throw new InvalidOperationException("There is no thread to read messages of.");
        List<IndexedMessage> last = Reading(thread)();
        List<IndexedMessage>[] earlier = await Task.WhenAll(handfuls);
        return [.. earlier.Append(last).SelectMany(found => found).Select(found => IsInline(found.Message) ? found : ReadWhole(thread, found.Message))];
    }

    /// <summary>Waits for what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(handfuls);
        Thread?.Dispose();
    }

    private IndexedMessage ReadWhole(Threads.Thread thread, Message message) => Indexing.Read(thread, message, chunks, self, now);

    private static bool IsInline(Message message) => message.Body.Count == 0;

    /// <summary>The work on all that waits.</summary>
    private Func<List<IndexedMessage>> Reading(Threads.Thread thread)
    {
        List<Block> candidates = waiting;
        waiting = [];
        return () => Read(thread, candidates);
    }

    private List<IndexedMessage> Read(Threads.Thread thread, List<Block> candidates)
    {
        var found = new List<IndexedMessage>(candidates.Count);
        foreach (Block candidate in candidates)
        {
            if (!thread.TryOpen(candidate, out Message? message, out string? why))
                Interlocked.CompareExchange(ref refusal, why, null);
            else
                found.Add(IsInline(message) ? ReadWhole(thread, message) : Indexing.Describe(message, null, self, now));
        }
        return found;
    }
}
