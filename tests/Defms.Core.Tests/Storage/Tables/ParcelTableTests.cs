using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Storage.Tables;

public sealed class ParcelTableTests : TableTest
{
    [Fact]
    public void A_parcel_is_kept_until_it_is_gone_and_forgotten_only_then()
    {
        Cid name = NextName();
        Tables.Parcels.Add(new ParcelRow(name, Person(1), ParcelType.Delivery, 100, DeliveryState.Queued, "", 5, 0));
        Tables.Parcels.SetState(name, DeliveryState.Stored, "yes", 6);
        Assert.Equal(new ParcelRow(name, Person(1), ParcelType.Delivery, 100, DeliveryState.Stored, "yes", 6, 0), Tables.Parcels.Find(name));
        Assert.Equal(0, Tables.Parcels.Forget(100));
        Assert.Equal([name], Tables.Parcels.Kept());
        Tables.Parcels.SetGone(name);
        Assert.Empty(Tables.Parcels.Kept());
        Assert.Equal((0, 1), (Tables.Parcels.Forget(6), Tables.Parcels.Forget(7)));
        Assert.Null(Tables.Parcels.Find(name));
    }

    [Fact]
    public void Deliveries_to_the_old_world_are_told_apart_by_address()
    {
        Cid submission = NextName();
        long message = Tables.Messages.Add(NewMessage(AddThread()));
        foreach (string address in (string[])["a@old.example", "b@old.example"])
            Tables.Deliveries.Add(new DeliveryRow(message, address, default, false, DeliveryState.Queued, "", 1));
        Tables.Deliveries.Add(new DeliveryRow(message, "a@old.example", Person(1), false, DeliveryState.Queued, "", 1));
        DeliveryRow first = Tables.Deliveries.Of(message)[0];
        Tables.Parcels.Carry(first, submission, DeliveryState.Held, "there", 2);
        Assert.Equal(["b@old.example", "a@old.example"], Tables.Deliveries.Unannounced(9).Select(row => row.Address));
        Assert.True(Tables.Parcels.SetCarried(submission, "a@old.example", DeliveryState.Smtp, "250", 3));
        Assert.False(Tables.Parcels.SetCarried(submission, "b@old.example", DeliveryState.Smtp, "250", 3));
        Assert.Equal([DeliveryState.Smtp, DeliveryState.Queued, DeliveryState.Queued], Tables.Deliveries.Of(message).Select(row => row.State));
        Assert.Equal(DeliveryState.Smtp, Assert.Single(Tables.Parcels.Carried(submission)).State);
    }

    [Fact]
    public void A_submission_waits_for_its_time_and_leaves_its_name()
    {
        Cid late = NextName(), soon = NextName();
        Tables.Submissions.Add(new SubmissionRow(late, Person(1), [1], 10, 20, []));
        Tables.Submissions.Add(new SubmissionRow(soon, Person(1), [2], 11, 12, []) { Tag = [5], Memory = [6] });
        Assert.Equal(12, Tables.Submissions.NextDue());
        Assert.Equal([soon], Tables.Submissions.Due(12, 9).Select(row => row.Cid));
        Tables.Submissions.Postpone(soon, 30, [7]);
        Assert.Equal([late, soon], Tables.Submissions.Due(99, 9).Select(row => row.Cid));
        Assert.Equal<byte>([7], Tables.Submissions.Find(soon)!.Progress);
        Tables.Submissions.Remember(soon, [7]);
        Tables.Submissions.Finish(soon);
        Tables.Submissions.Postpone(soon, 40, [8]);
        Assert.Equal((null, null), (Tables.Submissions.Find(soon)!.Announcement, Tables.Submissions.Find(soon)!.NextAttempt));
        SubmissionRow tagged = Assert.Single(Tables.Submissions.Tagged([5]));
        Assert.Equal((soon, 7), (tagged.Cid, Assert.Single(tagged.Memory!)));
        Assert.Empty(Tables.Submissions.Tagged([6]));
        Assert.Equal([late], Tables.Submissions.Waiting());
        Assert.Equal((0, 1), (Tables.Submissions.Forget(11), Tables.Submissions.Forget(99)));
        Assert.NotNull(Tables.Submissions.Find(late));
    }
}
