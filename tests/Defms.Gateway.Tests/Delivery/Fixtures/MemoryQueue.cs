using System.Threading.Channels;
using Defms.Core.Mime;
using Defms.Gateway.Delivery;
using Defms.Gateway.Delivery.Queue;

namespace Defms.Gateway.Tests.Delivery.Fixtures;

/// <summary>A queue that is not durable; says by <see cref="RecordedAsync"/> when something was recorded.</summary>
internal sealed class MemoryQueue(TimeProvider time) : IOutgoingQueue
{
    private readonly Lock gate = new();
    private readonly Channel<string> recorded = Channel.CreateUnbounded<string>();
    private readonly Dictionary<string, Entry> entries = [];

    /// <summary>All marks in the order in which they came.</summary>
    public List<(string Id, RecipientMark Mark)> Marks { get; } = [];

    /// <summary>How many records fail before one succeeds.</summary>
    public int Faults { get; set; }

    public bool IsEmpty
    {
        get
        {
            lock (gate)
                return entries.Count == 0;
        }
    }

    public void Add(OutgoingMail mail, params string[] recipients)
    {
        lock (gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            entries.Add(mail.Id, new Entry(mail, now, [.. recipients.Select(each => new Waiting(new QueuedRecipient(Talk.Recipient(each), 0), now))]));
        }
    }

    /// <summary>Waits for so many records.</summary>
    public async Task RecordedAsync(int count)
    {
        for (int i = 0; i < count; i++)
            await recorded.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
    }

    public ValueTask<IReadOnlyList<QueuedMail>> TakeDueAsync(DateTimeOffset now, int most, IReadOnlySet<string> busy, CancellationToken cancel)
    {
        lock (gate)
        {
            QueuedMail[] due =
            [
                .. from entry in entries.Values
                   where !busy.Contains(entry.Mail.Id)
                   let recipients = entry.Recipients.Where(each => each.Due <= now).Select(each => each.Recipient).ToArray()
                   where recipients.Length > 0
                   select new QueuedMail(entry.Mail.Id, entry.Queued, recipients),
            ];
            return ValueTask.FromResult<IReadOnlyList<QueuedMail>>([.. due.Take(most)]);
        }
    }

    public ValueTask<DateTimeOffset?> NextDueAsync(IReadOnlySet<string> busy, CancellationToken cancel)
    {
        lock (gate)
        {
            IEnumerable<DateTimeOffset?> all = entries.Values.Where(each => !busy.Contains(each.Mail.Id)).SelectMany(each => each.Recipients)
                .Select(each => (DateTimeOffset?)each.Due);
            return ValueTask.FromResult(all.Min());
        }
    }

    public ValueTask<OutgoingMail?> OpenAsync(string id, CancellationToken cancel)
    {
        lock (gate)
            return ValueTask.FromResult(entries.GetValueOrDefault(id)?.Mail);
    }

    public ValueTask RecordAsync(string id, IReadOnlyList<RecipientMark> marks, CancellationToken cancel)
    {
        lock (gate)
        {
            if (Faults > 0)
            {
                Faults--;
                recorded.Writer.TryWrite(id);
                throw new IOException("No space left on device.");
            }
            foreach (RecipientMark mark in marks)
                Record(entries[id], mark);
            if (entries[id].Recipients.Count == 0)
                entries.Remove(id);
        }
        recorded.Writer.TryWrite(id);
        return default;
    }

    private void Record(Entry entry, RecipientMark mark)
    {
        Marks.Add((entry.Mail.Id, mark));
        MailAddress address = mark.Report.Recipient;
        int at = entry.Recipients.FindIndex(each => each.Recipient.Recipient.Address == address);
        if (mark.NextAttempt is { } next)
            entry.Recipients[at] = new Waiting(entry.Recipients[at].Recipient with { Attempts = mark.Attempts }, next);
        else
            entry.Recipients.RemoveAt(at);
    }

    private sealed record Waiting(QueuedRecipient Recipient, DateTimeOffset Due);

    private sealed record Entry(OutgoingMail Mail, DateTimeOffset Queued, List<Waiting> Recipients);
}
