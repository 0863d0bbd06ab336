using Defms.Core.Replication;

namespace Defms.Core.Tests.Storage.Tables;

/// <summary>The receipts given, the cursors held and the devices registered.</summary>
public sealed class ReplicationTablesTests : TableTest
{
    [Fact]
    public void The_receipt_given_for_an_announcement_is_given_again()
    {
        Assert.Null(Tables.Received.Find(Bytes(1)));
        Tables.Received.Put(Bytes(1), Person(1), Bytes(5, 300), 10);
        Tables.Received.Put(Bytes(2), Person(1), Bytes(6, 300), 10);
        Assert.Equal(Bytes(5, 300), Tables.Received.Find(Bytes(1)));
        Tables.Received.Put(Bytes(1), Person(1), Bytes(7, 300), 11);
        Assert.Equal(Bytes(7, 300), Tables.Received.Find(Bytes(1)));
    }

    [Fact]
    public void A_cursor_is_kept_for_each_peer_and_may_be_dropped()
    {
        Assert.Null(Tables.Cursors.Find(Person(1)));
        Tables.Cursors.Put(Person(1), new SyncCursor(Bytes(1), 5));
        Tables.Cursors.Put(Person(2), new SyncCursor(Bytes(2), 6));
        Tables.Cursors.Put(Person(1), new SyncCursor(Bytes(3), 4));
        SyncCursor found = Tables.Cursors.Find(Person(1))!;
        Assert.Equal(Bytes(3), found.Epoch);
        Assert.Equal(4, found.Row);
        Tables.Cursors.Remove(Person(1));
        Assert.Null(Tables.Cursors.Find(Person(1)));
        Assert.Equal(6, Tables.Cursors.Find(Person(2))!.Row);
    }

    [Fact]
    public void Devices_are_told_with_what_each_said_last()
    {
        Tables.Devices.Put(Person(1), Bytes(2), 0, 1);
        Tables.Devices.Put(Person(1), Bytes(1), 7, 1);
        Tables.Devices.Put(Person(2), Bytes(1), 9, 1);
        Tables.Devices.Put(Person(1), Bytes(2), 8, 2);
        Assert.Equal([Bytes(1), Bytes(2)], Tables.Devices.Of(Person(1)).Select(device => device.Device));
        Assert.Equal([7, 8], Tables.Devices.Of(Person(1)).Select(device => device.Acknowledged));
        Tables.Devices.Put(Person(1), Bytes(2), 3, 3);
        Assert.Equal([7, 3], Tables.Devices.Of(Person(1)).Select(device => device.Acknowledged));
        Assert.Empty(Tables.Devices.Of(Person(3)));
    }
}
