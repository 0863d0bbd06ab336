using Defms.Core.Blocks;
using Defms.Core.Storage.Tables;

namespace Defms.Core.Storage;

/// <summary>
/// Blocks in the store's file, written with the transaction around it. What it gives was re-hashed on the way out: a block that rotted on
/// the disk reads as absent, although <see cref="Has"/> and <see cref="List"/> still name it, and putting it again mends it.
/// </summary>
internal sealed class SqliteBlockstore(TableScope scope) : IBlockstore
{
    /// <summary>Names read at once, so that none of the file is held between two of a list.</summary>
    private const int PageSize = 1024;

    private const string FindSql = "SELECT data FROM blocks WHERE cid = ?1";
    private const string HasSql = "SELECT 1 FROM blocks WHERE cid = ?1";
    private const string RemoveSql = "DELETE FROM blocks WHERE cid = ?1";
    private const string PageSql = "SELECT id, cid FROM blocks WHERE id > ?1 ORDER BY id LIMIT ?2";

    // A row whose data differs is rotten, since both cannot have the one name.
    private const string PutSql = """
        INSERT INTO blocks(cid, data) VALUES(?1, ?2)
        ON CONFLICT(cid) DO UPDATE SET data = excluded.data WHERE data <> excluded.data
        """;

    public Block? Find(Cid cid)
    {
        using SqliteStatement query = scope.Db.Prepare(FindSql).Bind(1, cid);
        return query.Step() && Block.TryVerify(cid, query.Bytes(0), out Block? block) ? block : null;
    }

    public bool Has(Cid cid)
    {
        using SqliteStatement query = scope.Db.Prepare(HasSql).Bind(1, cid);
        return query.Step();
    }

    public int Put(IEnumerable<Block> blocks)
    {
        using SqliteStatement insert = scope.Db.Prepare(PutSql);
        int added = 0;
        foreach (Block block in blocks) added += (int)insert.Bind(1, block.Cid).Bind(2, block.Span).Execute();
        return added;
    }

    public void Remove(IEnumerable<Cid> cids)
    {
        using SqliteStatement delete = scope.Db.Prepare(RemoveSql);
        foreach (Cid cid in cids) delete.Bind(1, cid).Execute();
    }

    public IEnumerable<Cid> List()
    {
        List<(long Id, Cid Cid)> page = Page(0);
        while (page.Count > 0)
        {
            foreach ((_, Cid cid) in page) yield return cid;
            page = Page(page[^1].Id);
        }
    }

    private List<(long Id, Cid Cid)> Page(long after) => scope.Db.All(row => (row.Long(0), row.Cid(1)), PageSql, after, PageSize);
}
