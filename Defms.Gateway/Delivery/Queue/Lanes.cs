using Defms.Gateway.Delivery.Client;
using Defms.Gateway.Delivery.Routes;

namespace Defms.Gateway.Delivery.Queue;

/// <summary>
/// The mails under way, by destination. Each destination has a few workers at most, each with a connection that it keeps for the next mail; when
/// nobody answers there, what waits for it is deferred without trying. A slow destination holds up no other.
/// </summary>
/// <param name="stop">From here on no further mail is begun.</param>
/// <param name="hard">Ends also what is under way.</param>
internal sealed class Lanes(
    Attempts attempts, DeliveryLimits limits, TimeProvider time, Action<QueuedMail, bool> ended, CancellationToken stop, CancellationToken hard) : IAsyncDisposable
{
    private readonly SemaphoreSlim connections = new(limits.Connections);
    private readonly CancellationTokenSource stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private readonly Lock gate = new();
    private readonly Dictionary<Destination, Lane> lanes = [];
    private readonly List<Task> workers = [];

    public void Add(Destination destination, QueuedMail mail)
    {
        lock (gate)
        {
            if (!lanes.TryGetValue(destination, out Lane? lane))
                lanes.Add(destination, lane = new Lane());
            lane.Waiting.Enqueue(mail);
            if (lane.Idle > 0)
                lane.Arrived.Release();
            else if (lane.Workers < limits.PerDestination)
                Start(destination, lane);
        }
    }

    /// <summary>Asks the token itself too: what is linked to it hears of the stop a moment later.</summary>
    private bool IsStopping => stop.IsCancellationRequested || stopping.IsCancellationRequested;

    /// <summary>Ends when all that was under way has ended.</summary>
    public Task EndedAsync()
    {
        lock (gate)
            return Task.WhenAll([.. workers]);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await EndedAsync();
        stopping.Dispose();
        connections.Dispose();
    }

    private void Start(Destination destination, Lane lane)
    {
        lane.Workers++;
        workers.RemoveAll(each => each.IsCompletedSuccessfully);
        workers.Add(Task.Run(() => WorkAsync(destination, lane), CancellationToken.None));
    }

    private async Task WorkAsync(Destination destination, Lane lane)
    {
        await connections.WaitAsync(stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (IsStopping)
            return;
        SmtpSession? session = null;
        try
        {
            while (await NextAsync(destination, lane, session is not null) is { } mail)
                session = await TryAsync(destination, lane, mail, await FreshAsync(session));
        }
        finally
        {
            if (session is not null)
                await session.DisposeAsync();
            connections.Release();
        }
    }

    private async Task<SmtpSession?> FreshAsync(SmtpSession? session)
    {
        if (session is null || session.Mails < limits.MailsPerSession)
            return session;
        await session.DisposeAsync();
        return null;
    }

    private async Task<SmtpSession?> TryAsync(Destination destination, Lane lane, QueuedMail mail, SmtpSession? kept)
    {
        bool isRecorded = false;
        try
        {
            (SmtpSession? session, RecipientResult? unreachable) = await attempts.TryAsync(destination, mail, kept, hard);
            isRecorded = true;
            if (unreachable is not null)
                await DeferWaitingAsync(lane, unreachable);
            return session;
        }
        catch (OperationCanceledException) when (hard.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            attempts.Fault(mail, e);
            return null;
        }
        finally
        {
            ended(mail, isRecorded);
        }
    }

    private async Task DeferWaitingAsync(Lane lane, RecipientResult unreachable)
    {
        QueuedMail[] waiting;
        lock (gate)
        {
            waiting = [.. lane.Waiting];
            lane.Waiting.Clear();
        }
        foreach (QueuedMail mail in waiting)
            await DeferAsync(mail, unreachable);
    }

    private async Task DeferAsync(QueuedMail mail, RecipientResult unreachable)
    {
        bool isRecorded = false;
        try
        {
            await attempts.DeferAsync(mail, unreachable);
            isRecorded = true;
        }
        catch (Exception e)
        {
            attempts.Fault(mail, e);
        }
        finally
        {
            ended(mail, isRecorded);
        }
    }

    /// <summary>The lane's next mail; with an open session it is waited for a while, unless others wait for the connection. Null when the worker is to end, and then it is counted off.</summary>
    private async Task<QueuedMail?> NextAsync(Destination destination, Lane lane, bool hasSession)
    {
        for (bool mayWait = hasSession && connections.CurrentCount > 0; ; mayWait = false)
        {
            lock (gate)
            {
                if (!IsStopping && lane.Waiting.TryDequeue(out QueuedMail? mail))
                    return mail;
                if (!mayWait || IsStopping)
                {
                    if (--lane.Workers == 0 && lane.Waiting.Count == 0)
                        lanes.Remove(destination);
                    return null;
                }
                lane.Idle++;
            }
            await WaitAsync(lane);
        }
    }

    private async Task WaitAsync(Lane lane)
    {
        using var timer = new CancellationTokenSource(limits.KeepSession, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping.Token);
        // Whether a mail has come or the wait is over: the lane itself shows it.
        await lane.Arrived.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (gate)
            lane.Idle--;
    }

    private sealed class Lane
    {
        public Queue<QueuedMail> Waiting { get; } = new();

        public SemaphoreSlim Arrived { get; } = new(0);

        /// <summary>Begun and not ended, those that wait for a connection included.</summary>
        public int Workers { get; set; }

        /// <summary>Those that wait with an open session.</summary>
        public int Idle { get; set; }
    }
}
