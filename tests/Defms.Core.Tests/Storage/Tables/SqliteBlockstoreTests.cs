using Defms.Core.Blocks;
using Defms.Core.Storage;
using Defms.Core.Storage.Tables;
using Defms.Core.Tests.Blocks;
using Defms.Core.Tests.Sealing;

namespace Defms.Core.Tests.Storage.Tables;

public sealed class SqliteBlockstoreTests : BlockstoreContract, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Stack<IDisposable> open = new();
    private SqliteConnection? db;

    public void Dispose()
    {
        while (open.TryPop(out IDisposable? last)) last.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_rotten_block_reads_as_absent_until_it_is_put_again()
    {
        IBlockstore store = Create();
        Block block = Block.Create(Cid.Raw, "sound"u8.ToArray()), other = Block.Create(Cid.Raw, "other"u8.ToArray());
        store.Put([block, other]);
        db!.Execute("UPDATE blocks SET data = ?2 WHERE cid = ?1", block.Cid.Bytes.ToArray(), "rot"u8.ToArray());
        Assert.Null(store.Find(block.Cid));
        Assert.True(store.Has(block.Cid));
        Assert.NotNull(store.Find(other.Cid));
        Assert.Equal(1, store.Put([block, other]));
        Assert.Equal(block.Span, store.Find(block.Cid)!.Span);
    }

    protected override IBlockstore Create()
    {
        db = Keep(SqliteConnection.Open(folder.File($"{open.Count}.db"), SqliteOpenMode.ReadWriteCreate));
        Schema.Migrations(new SeededRandomSource(1)).Apply(db, create: true);
        Keep(db.Begin());
        return new SqliteBlockstore(Keep(new TableScope(db)));
    }

    private T Keep<T>(T opened)
        where T : IDisposable
    {
        open.Push(opened);
        return opened;
    }
}
