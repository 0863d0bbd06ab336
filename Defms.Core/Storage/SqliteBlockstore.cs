using Defms.Core.Blocks;
using Defms.Core.Replication;
using Defms.Core.Storage.Tables;

namespace Defms.Core.Storage;

/// <summary>
/// Blocks in the store's file, written with the transaction around it. What it gives was re-hashed on the way out: a block that rotted on
/// the disk reads as absent, although <see cref="Has"/> and <see cref="List"/> still name it, and putting it again mends it. The same holds for
/// blocks whose bytes an IPFS node keeps, which are asked of it; a node that does not answer is a <see cref="StoreException"/>.
/// </summary>
internal sealed class SqliteBlockstore(TableScope scope, NodeBlocks? node = null) : IBlockstore
{
    /// <summary>Names read at once, so that none of the file is held between two of a list.</summary>
    private const int PageSize = 1024;

    private const string FindSql = "SELECT data FROM blocks WHERE cid = ?1";
    private const string HasSql = "SELECT 1 FROM blocks WHERE cid = ?1";
    private const string RemoveSql = "DELETE FROM blocks WHERE cid = ?1";
    private const string PageSql = "SELECT id, cid FROM blocks WHERE id > ?1 ORDER BY id LIMIT ?2";

    // A row whose data differs is rotten, since both cannot have the one name. What the node keeps is not kept twice.
    private const string PutSql = """
        INSERT INTO blocks(cid, data) SELECT ?1, ?2 WHERE NOT EXISTS(SELECT 1 FROM node_blocks WHERE cid = ?1)
        ON CONFLICT(cid) DO UPDATE SET data = excluded.data WHERE data <> excluded.data
        """;

    private readonly NodeTable moved = new(scope);

    public Block? Find(Cid cid)
    {
        using (SqliteStatement query = scope.Db.Prepare(FindSql).Bind(1, cid))
        {
            if (query.Step())
                return Block.TryVerify(cid, query.Bytes(0), out Block? block) ? block : null;
        }

        return node is not null && moved.Has(cid) ? node.Find(new SettingTable(scope).Get(IpfsSettings.Node), cid) : null;
    }

    public bool Has(Cid cid)
    {
        using SqliteStatement query = scope.Db.Prepare(HasSql).Bind(1, cid);
        return query.Step() || moved.Has(cid);
    }

    public int Put(IEnumerable<Block> blocks)
    {
        using SqliteStatement insert = scope.Db.Prepare(PutSql);
        int added = 0;
        foreach (Block block in blocks)
        {
            if (node?.IsLost(block.Cid) is true) TakeBack(block.Cid);
            added += (int)insert.Bind(1, block.Cid).Bind(2, block.Span).Execute();
        }

        return added;
    }

    public void Remove(IEnumerable<Cid> cids)
    {
        using SqliteStatement delete = scope.Db.Prepare(RemoveSql);
        foreach (Cid cid in cids)
        {
            if (delete.Bind(1, cid).Execute() == 0) moved.Remove(cid);
        }
    }

    public IEnumerable<Cid> List()
    {
        foreach (Cid cid in Pages(Page)) yield return cid;
        foreach (Cid cid in Pages(after => moved.Page(after, PageSize))) yield return cid;
    }

    private static IEnumerable<Cid> Pages(Func<long, List<(long Id, Cid Cid)>> read)
    {
        List<(long Id, Cid Cid)> page = read(0);
        while (page.Count > 0)
        {
            foreach ((_, Cid cid) in page) yield return cid;
            page = read(page[^1].Id);
        }
    }

    private List<(long Id, Cid Cid)> Page(long after) => scope.Db.All(row => (row.Long(0), row.Cid(1)), PageSql, after, PageSize);

    private void TakeBack(Cid cid)
    {
        moved.Remove(cid);
        node!.Found(cid);
    }
}
