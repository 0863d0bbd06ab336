using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Core.Storage.Tables;

/// <summary>A later receipt for the same announcement takes the place of the earlier one.</summary>
internal sealed class ReceivedTable(TableScope scope) : IReceivedTable
{
    private const string FindSql = "SELECT receipt FROM received WHERE announcement = ?1";
    private const string PutSql = """
        INSERT INTO received(announcement, sender, receipt, updated) VALUES(?1, ?2, ?3, ?4)
        ON CONFLICT(announcement) DO UPDATE SET sender = excluded.sender, receipt = excluded.receipt, updated = excluded.updated
        """;

    public byte[]? Find(ReadOnlySpan<byte> announcement)
    {
        using SqliteStatement query = scope.Db.Prepare(FindSql).Bind(1, announcement);
        return query.Step() ? query.Bytes(0) : null;
    }

    public void Put(ReadOnlySpan<byte> announcement, Did sender, ReadOnlySpan<byte> receipt, long now)
    {
        using SqliteStatement put = scope.Db.Prepare(PutSql);
        put.Bind(1, announcement).Bind(2, sender).Bind(3, receipt).Bind(4, now).Execute();
    }
}
