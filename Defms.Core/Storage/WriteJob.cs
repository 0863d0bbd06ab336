namespace Defms.Core.Storage;

/// <summary>One caller's part of a group that is committed together.</summary>
internal abstract class WriteJob
{
    /// <summary>Why the job alone failed, if it did.</summary>
    internal Exception? Failure { get; private protected set; }

    /// <summary>Runs it in a savepoint of its own, which goes when it throws.</summary>
    internal abstract void Run(SqliteConnection db);

    /// <summary>Tells the caller, after the group is durable.</summary>
    internal abstract void Complete();

    /// <summary>Tells the caller that the group is lost.</summary>
    internal abstract void Fail(Exception reason);
}

/// <inheritdoc/>
internal sealed class WriteJob<T>(Func<SqliteConnection, T> work, CancellationToken cancellation) : WriteJob
{
    private readonly TaskCompletionSource<T> caller = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? result;

    internal Task<T> Task => caller.Task;

    internal override void Run(SqliteConnection db)
    {
        if (cancellation.IsCancellationRequested)
        {
            Failure = new OperationCanceledException(cancellation);
            return;
        }

        using SqliteSavepoint part = db.Savepoint();
        try
        {
            result = work(db);
            db.RequireStatementsBack();
            part.Release();
        }
        catch (Exception e)
        {
            Failure = e;
        }
    }

    internal override void Complete()
    {
        if (Failure is null) caller.SetResult(result!);
        else Fail(Failure);
    }

    internal override void Fail(Exception reason)
    {
        if ((Failure ?? reason) is OperationCanceledException cancelled) caller.SetCanceled(cancelled.CancellationToken);
        else caller.SetException(Failure ?? reason);
    }
}
