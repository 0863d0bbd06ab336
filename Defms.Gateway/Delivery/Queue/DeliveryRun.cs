using Defms.Gateway.Delivery.Routes;
using Microsoft.Extensions.Logging;

namespace Defms.Gateway.Delivery.Queue;

/// <summary>
/// Empties the queue: hands each due mail to the lanes of its destinations, waits when nothing is due, and drains when it is told to stop.
/// </summary>
internal sealed class DeliveryRun(
    IOutgoingQueue queue, MailCarrier carrier, Smarthost? smarthost, string ownName, MailSignerFor signers, DeliveryLimits limits, TimeProvider time, ILogger log)
    : IDisposable
{
    private readonly SemaphoreSlim wake = new(0);
    private readonly Lock gate = new();

    /// <summary>Mails in lanes, with how many attempts are open, or until when a fault of ours keeps them back.</summary>
    private readonly Dictionary<string, Busy> busy = new(StringComparer.Ordinal);

    /// <summary>Says that something new has been queued. Cheap, from any thread.</summary>
    public void Wake()
    {
        if (wake.CurrentCount == 0)
            wake.Release();
    }

    /// <summary>Runs until <paramref name="stop"/>, then ends what is under way within <see cref="DeliveryLimits.Drain"/>.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var hard = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        var attempts = new Attempts(queue, carrier, ownName, signers, time, log);
        await using var lanes = new Lanes(attempts, limits, time, Ended, stop, hard.Token);
        while (!stop.IsCancellationRequested)
        {
            TimeSpan? pause = await HandOutAsync(lanes, stop);
            if (pause is not { } wait || wait > TimeSpan.Zero)
                await PauseAsync(pause, stop);
        }
        hard.CancelAfter(limits.Drain);
        await lanes.EndedAsync();
    }

    public void Dispose() => wake.Dispose();

    /// <summary>How long nothing will be due; null when nobody knows.</summary>
    private async Task<TimeSpan?> HandOutAsync(Lanes lanes, CancellationToken stop)
    {
        try
        {
            HashSet<string> taken = Taken();
            int room = limits.Waiting - taken.Count;
            if (room <= 0)
                return null;
            IReadOnlyList<QueuedMail> due = await queue.TakeDueAsync(time.GetUtcNow(), room, taken, stop);
            foreach (QueuedMail mail in due)
                HandOut(lanes, mail);
            if (due.Count > 0)
                return TimeSpan.Zero;
            return await queue.NextDueAsync(taken, stop) - time.GetUtcNow();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            log.QueueFailed(e);
            return limits.AfterFault;
        }
    }

    private void HandOut(Lanes lanes, QueuedMail mail)
    {
        List<(Destination To, QueuedRecipient[] Recipients)> parts =
        [
            .. from recipient in mail.Recipients
               group recipient by Destination.Of(recipient.Recipient.Address, smarthost) into same
               from part in same.Chunk(limits.Recipients)
               select (same.Key, part),
        ];
        lock (gate)
            busy[mail.Id] = new Busy(parts.Count, null);
        foreach ((Destination to, QueuedRecipient[] recipients) in parts)
            lanes.Add(to, mail with { Recipients = recipients });
    }

    /// <summary>Mails that are not to be handed out now; those whose pause is over are no longer among them.</summary>
    private HashSet<string> Taken()
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (gate)
        {
            foreach (string over in busy.Where(each => each.Value.Until <= now).Select(each => each.Key).ToArray())
                busy.Remove(over);
            return new HashSet<string>(busy.Keys, StringComparer.Ordinal);
        }
    }

    private void Ended(QueuedMail mail, bool isRecorded)
    {
        lock (gate)
        {
            Busy one = busy[mail.Id];
            one = new Busy(one.Parts - 1, isRecorded ? one.KeptUntil : time.GetUtcNow() + limits.AfterFault);
            if (one is { Parts: 0, KeptUntil: null })
                busy.Remove(mail.Id);
            else
                busy[mail.Id] = one;
        }
        Wake();
    }

    /// <summary>Until something is due, is woken or stopped; at most the pause of faults, after which mails that they kept back are due.</summary>
    private async Task PauseAsync(TimeSpan? pause, CancellationToken stop)
    {
        TimeSpan wait = pause is { } known && known < limits.AfterFault ? known : limits.AfterFault;
        using var timer = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
        // Being stopped, or due, ends the pause like being woken.
        await wake.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private readonly record struct Busy(int Parts, DateTimeOffset? KeptUntil)
    {
        /// <summary>When it may be handed out again; null while attempts are open.</summary>
        public DateTimeOffset? Until => Parts == 0 ? KeptUntil : null;
    }
}
