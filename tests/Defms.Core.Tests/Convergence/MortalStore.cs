using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Storage;

namespace Defms.Core.Tests.Convergence;

/// <summary>The process that used this store is dead; only what it had written is there.</summary>
internal sealed class DiedException(MortalStore store) : Exception("The machine has died.")
{
    public MortalStore Store { get; } = store;
}

/// <summary>A real store whose process can be told to die before or behind one of its next transactions.</summary>
internal sealed class MortalStore(string path) : IStore<IReplicationTables>, IDisposable
{
    private SqliteStore store = SqliteStore.Open(path);
    private int writesLeft = -1;
    private bool isWritten;

    public bool IsDead { get; private set; }

    /// <summary>Dies at the write behind so many others: before it, or once it is on the disk.</summary>
    public void DieAfter(int writes, bool whenWritten) => (writesLeft, isWritten) = (writes, whenWritten);

    /// <summary>A new process opens what the dead one left.</summary>
    public void Revive()
    {
        store.Dispose();
        store = SqliteStore.Open(path);
        (IsDead, writesLeft) = (false, -1);
    }

    public T Read<T>(Func<IReplicationTables, T> read)
    {
        if (IsDead)
            throw new DiedException(this);
        return store.Read(read);
    }

    public T Write<T>(Func<IReplicationTables, T> write)
    {
        bool isLast = writesLeft >= 0 && writesLeft-- == 0;
        IsDead |= isLast && !isWritten;
        if (IsDead)
            throw new DiedException(this);
        T result = store.Write(write);
        IsDead = isLast;
        return isLast ? throw new DiedException(this) : result;
    }

    public Task<T> WriteAsync<T>(Func<IReplicationTables, T> write, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        return Task.FromResult(Write(write));
    }

    public void Dispose() => store.Dispose();
}
