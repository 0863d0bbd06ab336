namespace Defms.Core.Storage;

/// <summary>
/// The one connection of this process that writes, and the turn-taking on it. Jobs that wait while a commit is under way share the next one:
/// the disk is synced once for all of them.
/// </summary>
internal sealed class StoreWriter(SqliteConnection connection, SchemaMigrations schema) : IDisposable
{
    /// <summary>Bounds the wait of the first job of a group for the last, and of other processes for the lock.</summary>
    private static readonly TimeSpan LongestGroup = TimeSpan.FromMilliseconds(20);

    private readonly Lock turn = new();
    private readonly Queue<WriteJob> waiting = new();
    private bool draining;
    private bool closed;

    /// <summary>Runs a job in a transaction of its own, on this thread.</summary>
    internal T Run<T>(Func<SqliteConnection, T> work)
    {
        lock (turn)
        {
            using SqliteTransaction transaction = Begin();
            T result = work(connection);
            connection.RequireStatementsBack();
            transaction.Commit();
            return result;
        }
    }

    /// <summary>Queues a job for the next group.</summary>
    internal Task<T> Enqueue<T>(Func<SqliteConnection, T> work, CancellationToken cancellation)
    {
        WriteJob<T> job = new(work, cancellation);
        lock (waiting)
        {
            ObjectDisposedException.ThrowIf(closed, typeof(StoreConnections));
            waiting.Enqueue(job);
            if (draining) return job.Task;
            draining = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static writer => writer.Drain(), this, preferLocal: false);
        return job.Task;
    }

    /// <summary>Finishes what is queued and closes.</summary>
    public void Dispose()
    {
        lock (waiting) closed = true;
        Drain();
        lock (turn) connection.Dispose();
    }

    private SqliteTransaction Begin()
    {
        SqliteTransaction transaction = connection.Begin();
        try
        {
            schema.RequireLatest(connection);
            return transaction;
        }
        catch
        {
            transaction.Dispose();
            throw;
        }
    }

    private void Drain()
    {
        while (true)
        {
            lock (waiting)
            {
                if (waiting.Count == 0)
                {
                    draining = false;
                    return;
                }
            }

            CommitGroup();
        }
    }

    private void CommitGroup()
    {
        List<WriteJob> group = [];
        try
        {
            lock (turn)
            {
                using SqliteTransaction transaction = Begin();
                RunAll(group);
                transaction.Commit();
            }
        }
        catch (Exception e)
        {
            // Where not even the transaction could begin, those who waited for it have waited long enough.
            if (group.Count == 0) TakeAll(group);
            foreach (WriteJob job in group) job.Fail(e);
            return;
        }

        foreach (WriteJob job in group) job.Complete();
    }

    private void RunAll(List<WriteJob> group)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < LongestGroup && TryTake(out WriteJob? job))
        {
            group.Add(job);
            job.Run(connection);
            if (connection.InTransaction) continue;
            throw new StoreException(
                $"{connection.Path}: another write failed and took this one with it. Nothing of it was kept. Try again.", job.Failure);
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out WriteJob? job)
    {
        lock (waiting) return waiting.TryDequeue(out job);
    }

    private void TakeAll(List<WriteJob> group)
    {
        lock (waiting)
        {
            group.AddRange(waiting);
            waiting.Clear();
        }
    }
}
