namespace Defms.Core.Mailboxes;

/// <summary>
/// A person's store, shared by several processes. Work is a function over its tables; the tables are valid only inside it.
/// </summary>
/// <typeparam name="TTables">The tables this user of the store sees.</typeparam>
public interface IStore<out TTables>
{
    /// <summary>Reads in one snapshot.</summary>
    T Read<T>(Func<TTables, T> read);

    /// <summary>Writes in one transaction, which is on the disk when this returns. An exception undoes all of it.</summary>
    T Write<T>(Func<TTables, T> write);

    /// <summary>As <see cref="Write"/>; under load several such jobs share one sync of the disk.</summary>
    Task<T> WriteAsync<T>(Func<TTables, T> write, CancellationToken cancel = default);
}
