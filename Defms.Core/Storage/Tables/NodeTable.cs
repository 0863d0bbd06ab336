using Defms.Core.Blocks;

namespace Defms.Core.Storage.Tables;

/// <summary>A thread's pin at the node.</summary>
internal sealed record NodePin(Cid Thread, Cid Root, bool IsPending);

/// <summary>Which blocks are with the IPFS node, and what it pins.</summary>
internal sealed class NodeTable(TableScope scope)
{
    private const string HasSql = "SELECT 1 FROM node_blocks WHERE cid = ?1";
    private const string IsHereSql = "SELECT 1 FROM blocks WHERE cid = ?1";
    private const string PageSql = "SELECT id, cid FROM node_blocks WHERE id > ?1 ORDER BY id LIMIT ?2";
    private const string CountSql = "SELECT count(*), coalesce(sum(size), 0) FROM node_blocks";
    private const string RemoveSql = "DELETE FROM node_blocks WHERE cid = ?1";
    private const string DropSql = "DELETE FROM blocks WHERE cid = ?1";
    private const string PinSql = "SELECT thread, root, pending FROM node_pins WHERE thread = ?1";

    // The condition, which all meet, leads SQLite along the primary key.
    private const string PinsSql = "SELECT thread, root, pending FROM node_pins WHERE thread > x'' ORDER BY thread LIMIT ?1";
    private const string UnpinSql = "DELETE FROM node_pins WHERE thread = ?1";
    private const string UndeliveredSql = "SELECT 1 FROM outgoing WHERE thread = ?1 LIMIT 1";

    private const string LeaveSql = """
        INSERT INTO node_blocks(cid, size) SELECT cid, length(data) FROM blocks WHERE cid = ?1
        ON CONFLICT(cid) DO NOTHING
        """;

    private const string ReturnSql = """
        INSERT INTO blocks(cid, data) SELECT ?1, ?2 WHERE EXISTS(SELECT 1 FROM node_blocks WHERE cid = ?1)
        ON CONFLICT(cid) DO NOTHING
        """;

    private const string SetPinSql = """
        INSERT INTO node_pins(thread, root, pending) VALUES(?1, ?2, ?3)
        ON CONFLICT(thread) DO UPDATE SET root = excluded.root, pending = excluded.pending
        """;

    private const string OrphansSql = """
        SELECT thread, root, pending FROM node_pins
        WHERE thread > x'' AND NOT EXISTS(SELECT 1 FROM threads WHERE threads.cid = node_pins.thread) ORDER BY thread LIMIT ?1
        """;

    private const string UnmovedSql = """
        SELECT id FROM threads
        WHERE id > ?1 AND NOT EXISTS(
          SELECT 1 FROM node_pins WHERE node_pins.thread = threads.cid AND node_pins.root = threads.root AND node_pins.pending = 0)
        ORDER BY id LIMIT ?2
        """;

    internal bool Has(Cid cid) => Any(HasSql, cid);

    /// <summary>Whether the bytes lie in this file.</summary>
    internal bool IsHere(Cid cid) => Any(IsHereSql, cid);

    /// <summary>Names behind a row, in order of their rows.</summary>
    internal List<(long Id, Cid Cid)> Page(long after, int limit) => scope.Db.All(row => (row.Long(0), row.Cid(1)), PageSql, after, limit);

    internal (long Count, long Bytes) Count() => scope.Db.All(row => (row.Long(0), row.Long(1)), CountSql)[0];

    internal void Remove(Cid cid) => scope.Db.Execute(RemoveSql, cid.Value());

    /// <summary>Notes that the bytes are with the node, and lets go of those here. Names that are not here are passed over.</summary>
    internal void Leave(IEnumerable<Cid> cids)
    {
        using SqliteStatement note = scope.Db.Prepare(LeaveSql), drop = scope.Db.Prepare(DropSql);
        foreach (Cid cid in cids)
        {
            note.Bind(1, cid).Execute();
            drop.Bind(1, cid).Execute();
        }
    }

    /// <summary>Keeps bytes here again. What was let go meanwhile stays away.</summary>
    internal void Return(IEnumerable<Block> blocks)
    {
        using SqliteStatement keep = scope.Db.Prepare(ReturnSql), forget = scope.Db.Prepare(RemoveSql);
        foreach (Block block in blocks)
        {
            keep.Bind(1, block.Cid).Bind(2, block.Span).Execute();
            forget.Bind(1, block.Cid).Execute();
        }
    }

    internal NodePin? Pin(Cid thread) => scope.Db.First(Read, PinSql, thread.Value());

    internal List<NodePin> Pins(int limit) => scope.Db.All(Read, PinsSql, limit);

    /// <summary>Pins of threads that are not here any more.</summary>
    internal List<NodePin> Orphans(int limit) => scope.Db.All(Read, OrphansSql, limit);

    internal void SetPin(NodePin pin) => scope.Db.Execute(SetPinSql, pin.Thread.Value(), pin.Root.Value(), pin.IsPending ? 1 : 0);

    internal void RemovePin(Cid thread) => scope.Db.Execute(UnpinSql, thread.Value());

    /// <summary>Rows of threads behind <paramref name="after"/> whose present root the node does not keep.</summary>
    internal List<long> Unmoved(long after, int limit) => scope.Db.All(row => row.Long(0), UnmovedSql, after, limit);

    /// <summary>Whether an announcement of the thread still waits to be delivered, for which its blocks are read.</summary>
    internal bool IsUndelivered(Cid thread) => Any(UndeliveredSql, thread);

    private bool Any(string sql, Cid cid)
    {
        using SqliteStatement query = scope.Db.Prepare(sql).Bind(1, cid);
        return query.Step();
    }

    private static NodePin Read(SqliteStatement row) => new(row.Cid(0), row.Cid(1), row.Long(2) != 0);
}
