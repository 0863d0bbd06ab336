namespace Defms.Gateway.Imap;

/// <summary>
/// Bounds how many octets of mail one account holds in memory at a time: those being read and those being stored. Who finds no room waits in
/// line. Each account has its own, so that a server which is slow on purpose stops nobody else.
/// </summary>
internal sealed class OctetBudget(long total)
{
    private readonly Lock gate = new();
    private readonly LinkedList<(long Octets, TaskCompletionSource Granted)> waiting = [];
    private long used;

    /// <summary>The most that was ever in use.</summary>
    public long Peak { get; private set; }

    /// <summary>How much of <paramref name="octets"/> is counted: a mail larger than the whole budget is alone in it.</summary>
    public long Count(long octets) => Math.Min(octets, total);

    /// <summary>Waits for room. To be given back by <see cref="Return"/> with the same number.</summary>
    /// <param name="octets">At most the budget; see <see cref="Count"/>.</param>
    public async ValueTask TakeAsync(long octets, CancellationToken cancel)
    {
        LinkedListNode<(long Octets, TaskCompletionSource Granted)> place;
        lock (gate)
        {
            if (waiting.Count == 0 && TryUse(octets))
                return;
            place = waiting.AddLast((octets, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }
        await using CancellationTokenRegistration registration = cancel.Register(() => GiveUp(place, cancel));
        await place.Value.Granted.Task;
    }

    public void Return(long octets)
    {
        lock (gate)
        {
            used -= octets;
            while (waiting.First is { } next && TryUse(next.Value.Octets))
            {
                waiting.RemoveFirst();
                next.Value.Granted.SetResult();
            }
        }
    }

    private bool TryUse(long octets)
    {
        if (used + octets > total)
            return false;
        used += octets;
        Peak = Math.Max(Peak, used);
        return true;
    }

    private void GiveUp(LinkedListNode<(long Octets, TaskCompletionSource Granted)> place, CancellationToken cancel)
    {
        lock (gate)
        {
            if (place.List is null)
                return;
            waiting.Remove(place);
            place.Value.Granted.SetCanceled(cancel);
        }
    }
}
