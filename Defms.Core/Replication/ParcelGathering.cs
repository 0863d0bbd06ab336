using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>
/// Puts small mails for one person that come while others of his are being queued into one parcel. Nobody waits for company: the first goes at once, by
/// itself, and whatever came meanwhile goes next. Safe for use by several threads.
/// </summary>
/// <param name="post">Queues a parcel durably.</param>
internal sealed class ParcelGathering(Func<Did, ParcelContent, Task<Cid>> post)
{
    /// <summary>In octets of mail and what goes with it; all of it is one block, which holds a megabyte.</summary>
    private const int MostOctets = 512 * 1024;

    /// <summary>Of an origin beside its recipients.</summary>
    private const int FrameOctets = 1024;

    private readonly Lock turn = new();

    /// <summary>What came for those for whom something is being queued.</summary>
    private readonly Dictionary<Did, Queue<Waiting>> waiting = [];

    /// <summary>Whether a mail is small enough to travel with others.</summary>
    public static bool Takes(ParcelContent content) =>
        content is DeliveredMail mail && mail.Octets.Length <= DeliveredMails.MaxMailSize && Weigh(mail) < MostOctets;

    /// <summary>Returns the parcel's name when it is on the disk.</summary>
    public async Task<Cid> PostAsync(Did recipient, DeliveredMail mail, CancellationToken cancel)
    {
        var own = new Waiting(mail);
        bool isFirst;
        lock (turn)
        {
            isFirst = !waiting.TryGetValue(recipient, out Queue<Waiting>? queue);
            if (isFirst)
                waiting.Add(recipient, new Queue<Waiting>());
            else
                queue!.Enqueue(own);
        }
        if (isFirst)
            _ = PostAllAsync(recipient, own);
        return await own.Done.Task.WaitAsync(cancel);
    }

    /// <summary>Ends without an exception: each failure is told to those whose mail it was.</summary>
    private async Task PostAllAsync(Did recipient, Waiting first)
    {
        for (List<Waiting> batch = [first]; batch.Count > 0; batch = TakeNext(recipient))
        {
            try
            {
                ParcelContent content = batch.Count == 1 ? batch[0].Mail : new DeliveredMails([.. batch.Select(each => each.Mail)]);
                Cid parcel = await post(recipient, content).ConfigureAwait(false);
                batch.ForEach(each => each.Done.SetResult(parcel));
            }
            catch (Exception e)
            {
                batch.ForEach(each => each.Done.SetException(e));
            }
        }
    }

    /// <summary>What came meanwhile, as far as one parcel takes it; nothing, and nobody is at work for the recipient any more.</summary>
    private List<Waiting> TakeNext(Did recipient)
    {
        var batch = new List<Waiting>();
        lock (turn)
        {
            Queue<Waiting> queue = waiting[recipient];
            int octets = 0;
            while (batch.Count < DeliveredMails.MaxMails && queue.TryPeek(out Waiting? next) && (octets += Weigh(next.Mail)) <= MostOctets)
                batch.Add(queue.Dequeue());
            if (batch.Count == 0)
                waiting.Remove(recipient);
        }
        return batch;
    }

    private static int Weigh(DeliveredMail mail) => mail.Octets.Length + FrameOctets + mail.Origin.To.Sum(address => address.Length * 3);

    private sealed record Waiting(DeliveredMail Mail)
    {
        public TaskCompletionSource<Cid> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
