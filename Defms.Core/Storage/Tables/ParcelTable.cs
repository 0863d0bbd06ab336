using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Threads;

namespace Defms.Core.Storage.Tables;

/// <summary>Deliveries to the old world have an empty identity; they are told apart by message and address.</summary>
internal sealed class ParcelTable(TableScope scope) : IParcelTable
{
    private const string Columns = "cid, recipient, type, bytes, state, detail, updated, reported";
    private const string DeliveryColumns = "message, address, identity, bcc, state, detail, updated";

    private const string AddSql = """
        INSERT INTO parcels(cid, recipient, type, bytes, state, detail, updated, reported, kept) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)
        """;
    private const string FindSql = $"SELECT {Columns} FROM parcels WHERE cid = ?1";
    private const string SetStateSql = "UPDATE parcels SET state = ?2, detail = ?3, updated = ?4 WHERE cid = ?1";
    private const string SetGoneSql = "UPDATE parcels SET kept = 0 WHERE cid = ?1";
    private const string SetReportedSql = "UPDATE parcels SET reported = ?2 WHERE cid = ?1";
    private const string KeptSql = "SELECT cid FROM parcels WHERE kept = 1";
    private const string WaitingAboveSql = "SELECT recipient FROM parcels WHERE kept = 1 GROUP BY recipient HAVING SUM(bytes) > ?1";
    private const string ForgetSql = "DELETE FROM parcels WHERE kept = 0 AND updated < ?1";
    private const string CarrySql = """
        UPDATE deliveries SET announced = 1, submission = ?3, state = ?4, detail = ?5, updated = ?6
        WHERE message = ?1 AND identity = x'' AND address = ?2
        """;
    private const string CarriedSql = $"SELECT {DeliveryColumns} FROM deliveries WHERE submission = ?1 ORDER BY address";
    private const string SetCarriedSql = "UPDATE deliveries SET state = ?3, detail = ?4, updated = ?5 WHERE submission = ?1 AND address = ?2";

    public void Add(ParcelRow row) => scope.Db.Execute(
        AddSql, row.Cid.Value(), row.Recipient.Value(), (long)row.Type, row.Bytes, (long)row.State, row.Detail, row.Updated, row.Reported);

    public ParcelRow? Find(Cid parcel) => scope.Db.First(Read, FindSql, parcel.Value());

    public void SetState(Cid parcel, DeliveryState state, string detail, long now) =>
        scope.Db.Execute(SetStateSql, parcel.Value(), (long)state, detail, now);

    public void SetGone(Cid parcel) => scope.Db.Execute(SetGoneSql, parcel.Value());

    public void SetReported(Cid parcel, long time) => scope.Db.Execute(SetReportedSql, parcel.Value(), time);

    public IReadOnlyList<Cid> Kept() => scope.Db.All(row => row.Cid(0), KeptSql);

    public IReadOnlyList<Did> WaitingAbove(long limit) => scope.Db.All(row => row.Did(0), WaitingAboveSql, limit);

    public int Forget(long before) => (int)scope.Db.Execute(ForgetSql, before);

    public void Carry(DeliveryRow delivery, Cid? submission, DeliveryState state, string detail, long now) =>
        scope.Db.Execute(CarrySql, delivery.Message, delivery.Address, submission.Value(), (long)state, detail, now);

    public IReadOnlyList<DeliveryRow> Carried(Cid submission) => scope.Db.All(DeliveryTable.Read, CarriedSql, submission.Value());

    public bool SetCarried(Cid submission, string address, DeliveryState state, string detail, long now) =>
        scope.Db.Execute(SetCarriedSql, submission.Value(), address, (long)state, detail, now) > 0;

    private static ParcelRow Read(SqliteStatement row) => new(
        row.Cid(0), row.Did(1), (ParcelType)row.Int(2), row.Long(3), (DeliveryState)row.Int(4), row.String(5), row.Long(6), row.Long(7));
}
