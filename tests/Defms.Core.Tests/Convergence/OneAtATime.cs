using System.Collections.Concurrent;

namespace Defms.Core.Tests.Convergence;

/// <summary>Runs asynchronous work on the calling thread, each step behind the one that was queued before it: the same work runs in the same order every time.</summary>
internal sealed class OneAtATime : TaskScheduler
{
    private readonly BlockingCollection<Task> queue = [];

    /// <summary>Runs <paramref name="work"/> to its end. Nothing of it may go to the thread pool and come back.</summary>
    public static void Run(Func<Task> work)
    {
        var scheduler = new OneAtATime();
        Task all = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, scheduler).Unwrap();
        _ = all.ContinueWith(_ => scheduler.queue.CompleteAdding(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, Default);
        foreach (Task step in scheduler.queue.GetConsumingEnumerable())
            scheduler.TryExecuteTask(step);
        all.GetAwaiter().GetResult();
    }

    protected override void QueueTask(Task task) => queue.Add(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => queue;
}
