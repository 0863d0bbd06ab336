using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;
using Defms.Core.Storage.Tables;
using Defms.Core.Tests.Sealing;

namespace Defms.Core.Tests.Storage.Tables;

/// <summary>A new store's tables inside one open transaction, and rows that say no more than a test needs.</summary>
public abstract class TableTest : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly SqliteTransaction transaction;
    private readonly SqliteTables tables;
    private int named;

    protected TableTest()
    {
        Db = SqliteConnection.Open(folder.File("store.db"), SqliteOpenMode.ReadWriteCreate);
        Schema.Migrations(new SeededRandomSource(1)).Apply(Db, create: true);
        transaction = Db.Begin();
        tables = new SqliteTables(Db);
    }

    private protected SqliteConnection Db { get; }

    private protected SqliteTables Tables => tables;

    public void Dispose()
    {
        tables.Dispose();
        transaction.Dispose();
        Db.Dispose();
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static Cid Name(int number) => Cid.Of(Cid.DagCbor, BitConverter.GetBytes(number));

    protected static Did Person(int number) => Did.From(SHA256.HashData(BitConverter.GetBytes(number)));

    protected static byte[] Bytes(int number, int length = 16) => [.. Enumerable.Repeat((byte)number, length)];

    /// <summary>A thread in a conversation of its own, unless one is named.</summary>
    protected long AddThread(long? conversation = null, Cid? branchOf = null, params Did[] parties)
    {
        var row = new ThreadRow(
            0, NextName(), Bytes(7, 32), NextName(), 0, Person(0), branchOf, conversation ?? Tables.Conversations.Create());
        return Tables.Threads.Add(row, parties);
    }

    /// <summary>A message with a name of its own.</summary>
    protected MessageRow NewMessage(long thread, int hash = 0, long date = 0, MessageFlags flags = MessageFlags.None) => new()
    {
        Thread = thread,
        Cid = NextName(),
        Author = Person(0),
        Hash = Bytes(hash, 32),
        Size = 1,
        Date = date,
        Flags = flags,
    };

    protected Cid NextName() => Name(++named);
}
