using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Storage.Tables;

/// <summary>
/// Held items and their blocks. A block that several items have lies here once and counts for each. What was read is re-hashed, so that
/// a rotten one reads as absent and the recipient says that it is missing.
/// </summary>
internal sealed class HeldTable(TableScope scope) : IHeldTable
{
    /// <summary>What an item costs beside its blocks, roughly: rows, indexes, the signed object.</summary>
    internal const int FrameBytes = 1024;

    private const string Columns = "id, kind, announcement, recipient, sender, network, size, arrived, receipt, row";

    private const string FindSql = $"SELECT {Columns} FROM held WHERE recipient = ?1 AND announcement = ?2 AND sender = ?3 AND kind = ?4";
    private const string AtSql = $"SELECT {Columns} FROM held WHERE row = ?1";
    private const string AddSql = """
        INSERT INTO held(kind, announcement, recipient, sender, network, size, arrived) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """;

    // A row whose data differs is rotten, since both cannot have the one name.
    private const string PutBlockSql = """
        INSERT INTO held_blocks(cid, data) VALUES(?1, ?2)
        ON CONFLICT(cid) DO UPDATE SET data = excluded.data WHERE data <> excluded.data
        """;
    private const string BlockIdSql = "SELECT id FROM held_blocks WHERE cid = ?1";
    private const string HasPartSql = "SELECT 1 FROM held_parts WHERE block = ?1 AND item = ?2";
    private const string NextPlaceSql = "SELECT coalesce(max(place) + 1, 0) FROM held_parts WHERE item = ?1";
    private const string AddPartSql = "INSERT INTO held_parts(item, place, block) VALUES(?1, ?2, ?3)";
    private const string ChargeSql = "UPDATE held SET size = size + ?2 WHERE id = ?1";
    private const string CompleteSql = "UPDATE held SET row = ?2, receipt = ?3 WHERE id = ?1";
    private const string PartsSql = """
        SELECT p.block, b.cid, length(b.data) FROM held_parts p CROSS JOIN held_blocks b ON b.id = p.block WHERE p.item = ?1 ORDER BY p.place
        """;
    private const string ReadSql = "SELECT data FROM held_blocks WHERE id = ?1";
    private const string BlocksSql = "SELECT id, cid, length(data) FROM held_blocks WHERE id > ?1 ORDER BY id LIMIT ?2";
    private const string ItemsSql = """
        SELECT id, kind, announcement, recipient, sender, network, size, arrived, receipt, row, (SELECT bytes FROM outgoing o WHERE o.row = held.row)
          FROM held WHERE id > ?1 ORDER BY id LIMIT ?2
        """;
    private const string RecipientsSql = "SELECT DISTINCT h.recipient FROM held_parts p CROSS JOIN held h ON h.id = p.item WHERE p.block = ?1";
    private const string ReopenSql = "UPDATE held SET receipt = NULL, size = size - ?2 WHERE id IN (SELECT item FROM held_parts WHERE block = ?1)";
    private const string RemovePartSql = "DELETE FROM held_parts WHERE block = ?1";
    private const string RemoveBlockSql = "DELETE FROM held_blocks WHERE id = ?1";
    private const string FindBlockSql = """
        SELECT b.data FROM held_blocks b CROSS JOIN held_parts p ON p.block = b.id CROSS JOIN held h ON h.id = p.item
        CROSS JOIN outgoing o ON o.row = h.row WHERE b.cid = ?1 AND h.recipient = ?2 AND o.thread = ?3 LIMIT 1
        """;
    private const string OfSql = "SELECT coalesce(sum(size), 0), count(*) FROM held WHERE recipient = ?1";
    private const string OfSenderSql = "SELECT coalesce(sum(size), 0), count(*) FROM held WHERE recipient = ?1 AND sender = ?2 AND acknowledged = 0";
    private const string FromSql = "SELECT coalesce(sum(size), 0), count(*) FROM held WHERE recipient = ?1 AND network = ?2 AND acknowledged = 0";
    private const string ReplicasSql = """
        SELECT coalesce(sum(size), 0), count(*) FROM held WHERE recipient = ?1 AND acknowledged = 1 AND snapshot = 0
        """;
    private const string OldestReplicaSql = """
        SELECT id FROM held WHERE recipient = ?1 AND acknowledged = 1 AND snapshot = 0 ORDER BY row LIMIT 1
        """;
    private const string WaitingSql = """
        SELECT id FROM held INDEXED BY held_row WHERE recipient = ?1 AND row IS NOT NULL AND row <= ?2 AND acknowledged = 0
          AND sender <> ?1 ORDER BY row LIMIT ?3
        """;
    private const string WaitingOwnSql = $"""
        SELECT {Columns} FROM held INDEXED BY held_row WHERE recipient = ?1 AND row IS NOT NULL AND row <= ?2 AND acknowledged = 0
          AND sender = ?1 AND arrived < ?3 ORDER BY row LIMIT ?4
        """;
    private const string BeforeSql = """
        SELECT id FROM held WHERE recipient = ?1 AND arrived < ?2 AND snapshot = 0 AND acknowledged = 0 ORDER BY arrived LIMIT ?3
        """;
    private const string PartialSql = "SELECT id FROM held WHERE recipient = ?1 AND arrived < ?2 AND row IS NULL ORDER BY arrived LIMIT ?3";
    private const string SetAcknowledgedSql = "UPDATE held SET acknowledged = 1 WHERE id = ?1";
    private const string ClearSnapshotsSql = "UPDATE held SET snapshot = 0 WHERE recipient = ?1 AND snapshot = 1";
    private const string SetSnapshotSql = "UPDATE held SET snapshot = 1 WHERE recipient = ?1 AND announcement = ?2 AND kind = 2";
    private const string PlaceSql = "SELECT row FROM held WHERE id = ?1";
    private const string RemovePartsSql = "DELETE FROM held_parts WHERE item = ?1";
    private const string RemoveOrphanSql = "DELETE FROM held_blocks WHERE id = ?1 AND NOT EXISTS(SELECT 1 FROM held_parts WHERE block = ?1)";
    private const string RemoveSql = "DELETE FROM held WHERE id = ?1";
    private const string RemovePlaceSql = "DELETE FROM outgoing WHERE row = ?1";
    private const string IdsSql = "SELECT id FROM held WHERE recipient = ?1";
    private const string BlocksOfSql = "SELECT block FROM held_parts WHERE item = ?1";
    private const string AllSql = "SELECT coalesce(sum(size), 0), count(*) FROM held";

    public HeldItem? Find(Did recipient, ReadOnlySpan<byte> announcement, Did sender, OutgoingKind kind) =>
        scope.Db.First(Read, FindSql, recipient.Value(), announcement.ToArray(), sender.Value(), (long)kind);

    public HeldItem? At(long row) => scope.Db.First(Read, AtSql, row);

    public long Add(HeldItem item)
    {
        scope.Db.Execute(
            AddSql, (long)item.Kind, item.Announcement, item.Recipient.Value(), item.Sender.Value(), item.Network, FrameBytes + item.Size, item.Arrived);
        return scope.Db.LastInsertRowId;
    }

    public void AddBlocks(long item, IEnumerable<Block> blocks)
    {
        SqliteConnection db = scope.Db;
        long place = db.ScalarLong(NextPlaceSql, item).GetValueOrDefault();
        long bytes = 0;
        using SqliteStatement put = db.Prepare(PutBlockSql), find = db.Prepare(BlockIdSql), has = db.Prepare(HasPartSql), add = db.Prepare(AddPartSql);
        foreach (Block block in blocks)
        {
            put.Bind(1, block.Cid).Bind(2, block.Span).Execute();
            long id = IdOf(find, block.Cid);
            if (IsPart(has, id, item)) continue;
            add.Bind(1, item).Bind(2, place++).Bind(3, id).Execute();
            bytes += block.Data.Length;
        }

        db.Execute(ChargeSql, item, bytes);
    }

    public void Complete(long item, OutgoingRow row, byte[]? receipt)
    {
        SqliteConnection db = scope.Db;
        long? before = db.ScalarLong(PlaceSql, item);
        db.Execute(CompleteSql, item, new OutgoingTable(scope).Add(row, []), receipt);
        if (before is { } place) db.Execute(RemovePlaceSql, place);
    }

    public bool HasBlock(long item, Cid cid)
    {
        long? id = scope.Db.ScalarLong(BlockIdSql, cid.Value());
        return id is { } block && scope.Db.ScalarLong(HasPartSql, block, item) is not null;
    }

    public IReadOnlyList<HeldPart> Parts(long item) => scope.Db.All(row => new HeldPart(row.Long(0), row.Cid(1), row.Int(2)), PartsSql, item);

    public Block? Read(HeldPart part)
    {
        using SqliteStatement query = scope.Db.Prepare(ReadSql).Bind(1, part.Block);
        return query.Step() && Block.TryVerify(part.Cid, query.Bytes(0), out Block? block) ? block : null;
    }

    public IReadOnlyList<HeldPart> Blocks(long after, int limit) =>
        scope.Db.All(row => new HeldPart(row.Long(0), row.Cid(1), row.Int(2)), BlocksSql, after, limit);

    public IReadOnlyList<(HeldItem Item, byte[]? Signed)> Items(long after, int limit) =>
        scope.Db.All(row => (Read(row), row.BytesOrNull(10)), ItemsSql, after, limit);

    public IReadOnlyList<Did> RecipientsOf(long block) => scope.Db.All(row => row.Did(0), RecipientsSql, block);

    public void Lose(HeldPart part)
    {
        SqliteConnection db = scope.Db;
        db.Execute(ReopenSql, part.Block, part.Length);
        db.Execute(RemovePartSql, part.Block);
        db.Execute(RemoveBlockSql, part.Block);
    }

    public Block? Find(Did recipient, Cid thread, Cid cid)
    {
        using SqliteStatement query = scope.Db.Prepare(FindBlockSql).Bind(1, cid).Bind(2, recipient).Bind(3, thread);
        return query.Step() && Block.TryVerify(cid, query.Bytes(0), out Block? block) ? block : null;
    }

    public HeldSum Of(Did recipient) => Sum(OfSql, recipient.Value());

    public HeldSum Of(Did recipient, Did sender) => Sum(OfSenderSql, recipient.Value(), sender.Value());

    public HeldSum From(Did recipient, string network) => Sum(FromSql, recipient.Value(), network);

    public HeldSum Replicas(Did recipient) => Sum(ReplicasSql, recipient.Value());

    public long? OldestReplica(Did recipient) => scope.Db.ScalarLong(OldestReplicaSql, recipient.Value());

    public IReadOnlyList<long> Waiting(Did recipient, long upToRow, int limit) => Ids(WaitingSql, recipient.Value(), upToRow, limit);

    public IReadOnlyList<long> Before(Did recipient, long time, int limit) => Ids(BeforeSql, recipient.Value(), time, limit);

    public IReadOnlyList<long> Partial(Did recipient, long time, int limit) => Ids(PartialSql, recipient.Value(), time, limit);

    public IReadOnlyList<HeldItem> WaitingOwn(Did recipient, long upToRow, long before, int limit) =>
        scope.Db.All(Read, WaitingOwnSql, recipient.Value(), upToRow, before, limit);

    public void SetAcknowledged(long item) => scope.Db.Execute(SetAcknowledgedSql, item);

    public void SetSnapshots(Did recipient, IEnumerable<byte[]> announcements)
    {
        scope.Db.Execute(ClearSnapshotsSql, recipient.Value());
        foreach (byte[] announcement in announcements) scope.Db.Execute(SetSnapshotSql, recipient.Value(), announcement);
    }

    public void Remove(long item)
    {
        SqliteConnection db = scope.Db;
        long? place = db.ScalarLong(PlaceSql, item);
        IReadOnlyList<long> blocks = Ids(BlocksOfSql, item);
        db.Execute(RemovePartsSql, item);
        db.Execute(RemoveSql, item);
        if (place is { } row) db.Execute(RemovePlaceSql, row);
        using SqliteStatement remove = db.Prepare(RemoveOrphanSql);
        foreach (long block in blocks) remove.Bind(1, block).Execute();
    }

    public void RemoveAll(Did recipient)
    {
        foreach (long item in Ids(IdsSql, recipient.Value())) Remove(item);
    }

    public HeldSum All() => Sum(AllSql);

    private static long IdOf(SqliteStatement find, Cid cid)
    {
        find.Bind(1, cid).Step();
        long id = find.Long(0);
        find.Reset();
        return id;
    }

    private static bool IsPart(SqliteStatement has, long block, long item)
    {
        bool found = has.Bind(1, block).Bind(2, item).Step();
        has.Reset();
        return found;
    }

    private HeldSum Sum(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        using SqliteStatement query = scope.Db.Query(sql, values);
        query.Step();
        return new HeldSum(query.Long(0), query.Int(1));
    }

    private List<long> Ids(string sql, params ReadOnlySpan<SqliteValue> values) => scope.Db.All(row => row.Long(0), sql, values);

    private static HeldItem Read(SqliteStatement row) => new(
        row.Long(0),
        (OutgoingKind)row.Int(1),
        row.Bytes(2),
        row.Did(3),
        row.Did(4),
        row.String(5),
        row.Long(6),
        row.Long(7),
        row.BytesOrNull(8),
        row.LongOrNull(9));
}
