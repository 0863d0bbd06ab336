using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Tests.Storage.Tables;

/// <summary>Whom mail is held for, what is held, and who holds what for the owner.</summary>
public sealed class HostingTablesTests : TableTest
{
    private static readonly HostingTerms Terms = new(1000, 3, Keeps: true);

    [Fact]
    public void Somebody_served_is_found_and_changed_and_keeps_the_day_he_came()
    {
        Tables.Served.Put(new ServedRow(Person(1), null, 0, Terms, 5, 0));
        Tables.Served.Put(new ServedRow(Person(1), null, 2, HostingTerms.Default, 99, 7));
        Assert.Equal(new ServedRow(Person(1), null, 2, HostingTerms.Default, 5, 7), Tables.Served.Find(Person(1)));
        Assert.Single(Tables.Served.List());
        Tables.Served.Remove(Person(1));
        Assert.Null(Tables.Served.Find(Person(1)));
    }

    [Fact]
    public void An_invitation_is_taken_once_and_before_it_expires()
    {
        Tables.Invitations.Add(Bytes(1, 32), "Bob", Terms, 100);
        Tables.Invitations.Add(Bytes(2, 32), null, Terms, 100);
        Assert.Equal(2, Tables.Invitations.Count(99));
        Assert.Equal(0, Tables.Invitations.Count(100));
        Assert.Equal(("Bob", Terms), Tables.Invitations.Take(Bytes(1, 32), 99));
        Assert.Null(Tables.Invitations.Take(Bytes(1, 32), 99));
        Assert.Null(Tables.Invitations.Take(Bytes(2, 32), 100));
        Assert.Equal(0, Tables.Invitations.Count(0));
    }

    [Fact]
    public void A_block_of_two_items_lies_here_once_and_goes_with_the_last()
    {
        Block common = Block.Create(Cid.Raw, Bytes(1, 100)), own = Block.Create(Cid.Raw, Bytes(2, 10));
        long first = Add(1, Person(1)), second = Add(2, Person(2));
        long frame = Tables.Held.Of(Person(1)).Bytes;
        Tables.Held.AddBlocks(first, [common, own, common]);
        Tables.Held.AddBlocks(second, [common]);
        Tables.Held.AddBlocks(first, [own]);
        Assert.Equal(new HeldSum(frame + 110, 1), Tables.Held.Of(Person(1)));
        Assert.Equal([common.Cid, own.Cid], Tables.Held.Parts(first).Select(part => part.Cid));
        Assert.Equal(2, Db.ScalarLong("SELECT count(*) FROM held_blocks"));
        Tables.Held.Remove(first);
        Assert.Equal(1, Db.ScalarLong("SELECT count(*) FROM held_blocks"));
        Assert.Equal(common.Cid, Tables.Held.Read(Tables.Held.Parts(second)[0])!.Cid);
        Tables.Held.RemoveAll(Person(2));
        Assert.Equal((0L, default(HeldSum)), (Db.ScalarLong("SELECT count(*) FROM held_blocks"), Tables.Held.All()));
    }

    [Fact]
    public void A_rotten_block_reads_as_absent_and_is_mended_by_the_next_of_its_name()
    {
        Block block = Block.Create(Cid.Raw, Bytes(1, 100));
        long item = Add(1, Person(1));
        Tables.Held.AddBlocks(item, [block]);
        Db.Execute("UPDATE held_blocks SET data = zeroblob(100)");
        Assert.Null(Tables.Held.Read(Tables.Held.Parts(item)[0]));
        Tables.Held.AddBlocks(Add(2, Person(1)), [block]);
        Assert.NotNull(Tables.Held.Read(Tables.Held.Parts(item)[0]));
    }

    [Fact]
    public void Only_whole_items_have_a_place_and_blocks_are_shown_to_their_recipient_alone()
    {
        Block block = Block.Create(Cid.Raw, Bytes(1, 100));
        long item = Add(1, Person(1));
        Tables.Held.AddBlocks(item, [block]);
        Assert.Empty(Tables.Outgoing.For(Person(1), 0, 10));
        Assert.Null(Tables.Held.Find(Person(1), Name(7), block.Cid));
        long row = Complete(item, 1, Person(1));
        Assert.Equal(row, Assert.Single(Tables.Outgoing.For(Person(1), 0, 10)).Row);
        Assert.Equal(item, Tables.Held.At(row)!.Id);
        Assert.NotNull(Tables.Held.Find(Person(1), Name(7), block.Cid));
        Assert.Null(Tables.Held.Find(Person(2), Name(7), block.Cid));
        Assert.Null(Tables.Held.Find(Person(1), Name(8), block.Cid));
    }

    [Fact]
    public void What_is_held_for_others_is_never_due()
    {
        Complete(Add(1, Person(1)), 1, Person(1));
        Tables.Outgoing.Hurry(Person(1), 5);
        Assert.Empty(Tables.Outgoing.Due(long.MaxValue - 1, 10));
        Assert.Empty(Tables.Outgoing.Untouched(Person(1), Name(7)));
    }

    [Fact]
    public void Snapshots_are_neither_old_nor_replicas_until_others_take_their_place()
    {
        long first = Add(1, Person(1)), second = Add(2, Person(1));
        Complete(first, 1, Person(1));
        long row = Complete(second, 2, Person(1));
        Tables.Held.SetSnapshots(Person(1), [Bytes(1)]);
        Assert.Equal([second], Tables.Held.Before(Person(1), 100, 10));
        Assert.Equal([first, second], Tables.Held.Waiting(Person(1), row, 10));
        Tables.Held.SetAcknowledged(first);
        Tables.Held.SetAcknowledged(second);
        Assert.Equal(second, Tables.Held.OldestReplica(Person(1)));
        Tables.Held.SetSnapshots(Person(1), [Bytes(2)]);
        Assert.Equal(first, Tables.Held.OldestReplica(Person(1)));
        Assert.Equal(1, Tables.Held.Replicas(Person(1)).Items);
    }

    [Fact]
    public void Items_count_for_their_sender_and_network_until_the_recipient_has_them()
    {
        long item = Add(1, Person(1));
        Add(2, Person(1));
        Assert.Equal((2, 2), (Tables.Held.Of(Person(1), Person(9)).Items, Tables.Held.From(Person(1), "n").Items));
        Tables.Held.SetAcknowledged(item);
        Assert.Equal((1, 1, 2), (Tables.Held.Of(Person(1), Person(9)).Items, Tables.Held.From(Person(1), "n").Items, Tables.Held.Of(Person(1)).Items));
        Assert.Equal(0, Tables.Held.Of(Person(1), Person(8)).Items);
    }

    [Fact]
    public void A_host_is_noted_only_where_it_is_one()
    {
        var row = new HostRow(Person(1), new Uri("http://h.example/"), "H", 10, 2, 3, 4, 5, 6, null);
        Tables.Hosts.Put(row);
        Tables.Hosts.Note(Person(1), 9, "away");
        Tables.Hosts.Note(Person(2), 9, null);
        Assert.Equal(row with { Error = "away" }, Assert.Single(Tables.Hosts.List()));
        Tables.Hosts.Note(Person(1), 10, null);
        Assert.Equal(row with { Contacted = 10 }, Tables.Hosts.Find(Person(1)));
        Tables.Hosts.Remove(Person(1));
        Assert.Empty(Tables.Hosts.List());
    }

    [Fact]
    public void Holders_go_with_the_announcement()
    {
        long row = Tables.Outgoing.Add(new OutgoingRow(0, OutgoingKind.Announcement, Bytes(1), Person(1), Name(7), Bytes(2), 1, 0, null), []);
        Tables.Holders.Put(row, Person(3), 50);
        Tables.Holders.Put(row, Person(3), 60);
        Assert.Empty(Tables.Holders.Due(59, 10));
        Assert.Equal([row], Tables.Holders.Due(60, 10));
        Assert.Equal([Person(3)], Tables.Holders.Of(row));
        Tables.Outgoing.Remove(row);
        Assert.Empty(Tables.Holders.Of(row));
    }

    private long Add(int announcement, Did recipient) => Tables.Held.Add(
        new HeldItem(0, OutgoingKind.HeldAnnouncement, Bytes(announcement), recipient, Person(9), "n", 0, 10, null, null));

    private long Complete(long item, int announcement, Did recipient)
    {
        Tables.Held.Complete(item, new OutgoingRow(0, OutgoingKind.HeldAnnouncement, Bytes(announcement), recipient, Name(7), Bytes(2), 1, long.MaxValue, null), Bytes(3));
        return Db.ScalarLong("SELECT max(row) FROM outgoing")!.Value;
    }
}
