using System.Security.Cryptography;
using System.Threading.Channels;
using Defms.Core.Mime;

namespace Defms.Core.Mailboxes;

/// <summary>
/// Files many mails: one reader, a worker for each processor that parses and seals, one writer that keeps batches, each durable before it is
/// counted. What is held at a time is bounded, however many mails there are. Running again after a kill adds what is missing, and after an
/// end nothing.
/// </summary>
public sealed class FilingRun(IStore<IMailTables> store, Filing filing)
{
    /// <summary>Mails that go together to a worker: answers near what they answer share the making of their thread.</summary>
    private const int BatchCount = 128;

    private const int BatchBytes = 1 << 20;

    /// <summary>A commit costs a sync of the disk; beyond so many mails its share of a mail's cost no longer shows.</summary>
    private const int CommitCount = 1024;

    private const int CommitBytes = 8 << 20;

    /// <summary>
    /// Mails that wait for the writer live long enough to be counted among what lasts, and would lie about as garbage until memory runs
    /// short. Collected after so many octets and what is made around each mail, a run of any length stays within a quarter of a gigabyte.
    /// </summary>
    private const long CollectBytes = 24 << 20;

    private const int MailOverhead = 4096;

    /// <summary>More faults are counted and not told one by one.</summary>
    private const int MaxFaults = 1000;

    private readonly List<UnreadableMail> faults = [];
    private FilingProgress done;
    private long garbage;

    /// <param name="mails">Read by one task of its own.</param>
    /// <param name="progress">Called by the writer after each commit.</param>
    /// <exception cref="OperationCanceledException">What was counted before is kept.</exception>
    /// <exception cref="MailboxException">The quota is reached; what was counted before is kept.</exception>
    public FilingResult File(IEnumerable<CollectedMail> mails, Action<FilingProgress> progress, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        int workers = Environment.ProcessorCount;
        Channel<List<CollectedMail>> read = Bounded<List<CollectedMail>>(workers);
        Channel<SealedBatch> made = Bounded<SealedBatch>(workers);
        Task reading = Task.Run(() => ReadAll(mails, read.Writer, stop.Token), CancellationToken.None);
        Task[] sealing = [.. Enumerable.Range(0, workers).Select(_ => Task.Run(() => SealAll(read.Reader, made.Writer, stop.Token), CancellationToken.None))];
        Task ending = Task.WhenAll([reading, .. sealing]).ContinueWith(
            all => made.Writer.Complete(Reason(all)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            WriteAll(made.Reader, progress);
        }
        finally
        {
            stop.Cancel();
            ending.Wait(CancellationToken.None);
            while (made.Reader.TryRead(out SealedBatch? left))
                left.Dispose();
        }
        cancel.ThrowIfCancellationRequested();
        return new FilingResult(done.Imported, done.AlreadyHere, done.Unreadable, faults);
    }

    /// <summary>Why it ended early; being stopped is no reason of its own.</summary>
    private static Exception? Reason(Task all) => all.Exception?.Flatten().InnerExceptions.FirstOrDefault(e => e is not OperationCanceledException);

    private static Channel<T> Bounded<T>(int capacity) => Channel.CreateBounded<T>(capacity);

    /// <summary>Gathers batches. Reading files waits for disks, so it does not share a thread with the sealing.</summary>
    private static void ReadAll(IEnumerable<CollectedMail> mails, ChannelWriter<List<CollectedMail>> output, CancellationToken stop)
    {
        try
        {
            List<CollectedMail> batch = [];
            long bytes = 0;
            foreach (CollectedMail mail in mails)
            {
                batch.Add(mail);
                bytes += mail.Octets.Length;
                if (batch.Count < BatchCount && bytes < BatchBytes)
                    continue;
                Put(output, batch, stop);
                (batch, bytes) = ([], 0);
            }
            Put(output, batch, stop);
            output.Complete();
        }
        catch (Exception e)
        {
            output.Complete(e is OperationCanceledException ? null : e);
        }
    }

    private void SealAll(ChannelReader<List<CollectedMail>> input, ChannelWriter<SealedBatch> output, CancellationToken stop)
    {
        while (Take(input, out List<CollectedMail>? batch))
        {
            if (!stop.IsCancellationRequested)
                Put(output, Seal(batch), stop);
        }
    }

    private SealedBatch Seal(List<CollectedMail> mails)
    {
        var batch = new SealedBatch { Position = mails.Count > 0 ? mails[^1].Position : 0 };
        List<(CollectedMail Mail, byte[] Hash)> readable = [];
        foreach (CollectedMail mail in mails)
        {
            if (mail.Fault is { } fault)
                batch.Faults.Add(new UnreadableMail(mail.Place, fault));
            else
                readable.Add((mail, SHA256.HashData(mail.Octets)));
        }
        HashSet<int> filed = store.Read(tables => FindFiled(tables, readable));
        batch.AlreadyHere = filed.Count;
        for (int i = 0; i < readable.Count; i++)
        {
            if (!filed.Contains(i))
                Seal(batch, readable[i].Mail, readable[i].Hash);
        }
        return batch;
    }

    private static HashSet<int> FindFiled(IMailTables tables, List<(CollectedMail Mail, byte[] Hash)> mails)
    {
        HashSet<int> filed = [];
        for (int i = 0; i < mails.Count; i++)
        {
            if (tables.Messages.IsFiled(mails[i].Hash))
                filed.Add(i);
        }
        return filed;
    }

    private void Seal(SealedBatch batch, CollectedMail found, byte[] hash)
    {
        MailMessage mail = MailMessage.Parse(found.Octets);
        var id = FilingId.Of(mail, hash);
        if (!batch.Threads.TryGetValue(id, out (Threads.Thread Thread, List<FiledMail> Mails) entry))
            batch.Threads[id] = entry = (filing.Open(id), []);
        entry.Mails.Add(filing.Seal(entry.Thread, id, mail, found.Flags ?? FilingFlags.FromFields(mail)));
        batch.Count++;
        batch.Bytes += found.Octets.Length;
    }

    private void WriteAll(ChannelReader<SealedBatch> input, Action<FilingProgress> progress)
    {
        List<SealedBatch> waiting = [];
        while (Take(input, out SealedBatch? batch))
        {
            waiting.Add(batch);
            // Only what is there already is waited for: a writer that waits for more idles while workers wait for it.
            while (waiting.Sum(part => part.Count) < CommitCount && waiting.Sum(part => part.Bytes) < CommitBytes && input.TryRead(out SealedBatch? more))
                waiting.Add(more);
            Commit(waiting);
            garbage += waiting.Sum(part => part.Bytes + (long)part.Count * MailOverhead);
            waiting.Clear();
            progress(done);
            Collect();
        }
    }

    private void Collect()
    {
        if (garbage < CollectBytes)
            return;
        garbage = 0;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
    }

    private void Commit(List<SealedBatch> batches)
    {
        int added = batches.Exists(batch => batch.Count > 0) ? store.Write(tables => Keep(tables, batches)) : 0;
        foreach (SealedBatch batch in batches)
        {
            faults.AddRange(batch.Faults.Take(MaxFaults - faults.Count));
            done = new FilingProgress(
                done.Imported, done.AlreadyHere + batch.AlreadyHere + batch.Count, done.Unreadable + batch.Faults.Count, Math.Max(done.Position, batch.Position));
            batch.Dispose();
        }
        done = done with { Imported = done.Imported + added, AlreadyHere = done.AlreadyHere - added };
    }

    private int Keep(IMailTables tables, List<SealedBatch> batches)
    {
        Quota.Of(tables).Require();
        return batches.Sum(batch => Keep(tables, batch));
    }

    private int Keep(IMailTables tables, SealedBatch batch) =>
        batch.Threads.Values.Sum(entry => Filing.Keep(tables, entry.Thread, entry.Mails, filing.Self));

    private static void Put<T>(ChannelWriter<T> output, T value, CancellationToken stop) =>
        output.WriteAsync(value, stop).AsTask().GetAwaiter().GetResult();

    private static bool Take<T>(ChannelReader<T> input, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value)
        where T : class
    {
        value = null;
        while (!input.TryRead(out value))
        {
            if (!input.WaitToReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
                return false;
        }
        return true;
    }

    /// <summary>Mails by thread, sealed and not yet kept.</summary>
    private sealed class SealedBatch : IDisposable
    {
        public Dictionary<FilingId, (Threads.Thread Thread, List<FiledMail> Mails)> Threads { get; } = [];

        public List<UnreadableMail> Faults { get; } = [];

        public int Count { get; set; }

        public long Bytes { get; set; }

        public int AlreadyHere { get; set; }

        public long Position { get; init; }

        public void Dispose()
        {
            foreach ((Threads.Thread thread, _) in Threads.Values)
                thread.Dispose();
        }
    }
}
