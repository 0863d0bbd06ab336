using Defms.Core.Identities;

namespace Defms.Core.Mailboxes.Records;

/// <summary>
/// Tells the owner's other machines what was changed here that is no mail: batched into messages of the private thread, which begins anew
/// with all that stands before it grows without end.
/// </summary>
/// <param name="maxMessages">When it begins anew: so many messages beyond those that a fresh snapshot takes, twice.</param>
public sealed class RecordPublishing(
    IStore<IMailTables> store, Identity self, TimeProvider time, RandomSource random, int maxMessages = RecordPublishing.UsualMaxMessages)
{
    private const int UsualMaxMessages = 1000;

    private const int Batch = 2000;

    /// <summary>The thread that is written to and since when, as this machine saw it.</summary>
    private const string CurrentSetting = "records.current";

    /// <summary>How long a thread that is no longer written to is kept: for machines that wrote to it while they were away.</summary>
    private static readonly TimeSpan KeepReplaced = TimeSpan.FromDays(30);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Says when what was changed since the last call was changed; needs no keys. Programs call it after what a person did.</summary>
    public static void Stamp(IStore<IMailTables> store, TimeProvider time)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (store.Read(tables => tables.Records.HasUnstamped()))
            store.Write(tables => { tables.Records.StampChanges(now); return true; });
    }

    /// <summary>Writes what is new into the private thread. Costs one look when nothing is.</summary>
    public void Publish()
    {
        long now = Now;
        long horizon = Record.Horizon(now);
        if (store.Read(tables => tables.Records.HasNews(horizon) || tables.Records.LatestTime() > horizon))
            store.Write(tables => Publish(tables, now));
    }

    private bool Publish(IMailTables tables, long now)
    {
        if (tables.Records.LatestTime() > Record.Horizon(now))
            ReadAnew(tables, now);
        RecordBook.Apply(tables, tables.Records.TakeAhead(Record.Horizon(now)), told: false, now);
        RecordBook.Capture(tables, now);
        if (tables.Records.Untold(1).Count == 0)
            return true;
        using (Threads.Thread thread = Current(tables, now))
        {
            for (IReadOnlyList<Record> untold = tables.Records.Untold(Batch); untold.Count > 0; untold = tables.Records.Untold(Batch))
                WriteOne(tables, thread, untold, now);
            DropReplaced(tables, thread, now);
        }
        return true;
    }

    /// <summary>This machine's clock was ahead: what it overwrote is in the private threads. What nobody was told yet is said now.</summary>
    private void ReadAnew(IMailTables tables, long now)
    {
        List<Record> untold = [.. tables.Records.Untold(int.MaxValue)];
        PrivateThreads.Reread(tables, self.CurrentEpoch, now);
        foreach (Record record in untold)
            RecordBook.Set(tables, record.Key, record.Value, now);
    }

    private void WriteOne(IMailTables tables, Threads.Thread thread, IReadOnlyList<Record> untold, long now)
    {
        byte[] octets = RecordMail.Write(untold, out int count);
        // First: what is written is not to be taken for news.
        foreach (Record record in untold.Take(count))
            tables.Records.SetTold(record.Key);
        Threads.SealedMessage message = thread.Seal(self, octets, now);
        Arrival.Add(tables, thread, [Indexing.Describe(message.Message, octets, self.Did, now)], message.Chunks, self.Did, now);
    }

    private Threads.Thread Current(IMailTables tables, long now)
    {
        PrivateThreadRow? current = tables.Records.PrivateThreads().FirstOrDefault(row => row.Epoch == self.CurrentEpoch);
        if (current is not null && tables.Threads.Find(current.Thread) is { } row && row.Count <= maxMessages + (2 * SnapshotMessages(tables))
            && ThreadAccess.Find(tables, row) is { } thread)
            return thread;
        tables.Records.ForgetTold();
        long created = Math.Max(now, (current?.Created ?? 0) + 1);
        return Threads.Thread.Create(self, [OwnCard.Get(tables)], new Threads.GenesisOptions { Created = created }, random);
    }

    private static long SnapshotMessages(IMailTables tables) => 2 * tables.Records.Size() / RecordMail.MaxBytes;

    private static void DropReplaced(IMailTables tables, Threads.Thread current, long now)
    {
        string name = current.Id.ToString();
        string[] seen = (tables.Settings.Get(CurrentSetting) ?? "").Split(' ');
        if (seen is not [var known, var since] || known != name || !long.TryParse(since, out long from) || from > now)
        {
            tables.Settings.Set(CurrentSetting, $"{name} {now}");
            return;
        }
        if (now - from < (long)KeepReplaced.TotalMilliseconds)
            return;
        long kept = tables.Threads.Find(current.Id)!.Id;
        foreach (PrivateThreadRow row in tables.Records.PrivateThreads().Where(row => row.Thread != kept))
            PrivateThreads.Drop(tables, row);
    }
}
