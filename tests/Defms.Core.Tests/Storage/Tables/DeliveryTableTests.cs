using Defms.Core.Mailboxes;
using Defms.Core.Storage;

namespace Defms.Core.Tests.Storage.Tables;

public sealed class DeliveryTableTests : TableTest
{
    private IDeliveryTable Deliveries => Tables.Deliveries;

    [Fact]
    public void Deliveries_of_a_message_are_told_as_and_in_the_order_they_were_added()
    {
        long message = AddMessage(), other = AddMessage();
        DeliveryRow[] rows =
        [
            new(message, "b@x", Person(2), IsBcc: true, DeliveryState.Smtp, "250 fine", 7),
            new(message, "a@x", Person(1), IsBcc: false, DeliveryState.Queued, "", 6),
            new(message, "old@x", default, IsBcc: false, DeliveryState.Queued, "", 6),
        ];
        foreach (DeliveryRow row in rows) Deliveries.Add(row);
        Deliveries.Add(rows[0] with { Message = other });
        Assert.Equal(rows, Deliveries.Of(message));
    }

    [Fact]
    public void One_identity_may_have_two_addresses_but_each_once()
    {
        long message = AddMessage();
        DeliveryRow row = new(message, "a@x", Person(1), false, DeliveryState.Queued, "", 1);
        Deliveries.Add(row);
        Deliveries.Add(row with { Address = "b@x" });
        Assert.True(Assert.Throws<SqliteException>(() => Deliveries.Add(row)).IsConstraint);
        Deliveries.SetState(message, Person(1), DeliveryState.Stored, "", 2);
        Assert.All(Deliveries.Of(message), found => Assert.Equal(DeliveryState.Stored, found.State));
    }

    [Fact]
    public void What_is_stored_stays_stored()
    {
        long message = Add(1, DeliveryState.Queued);
        Deliveries.SetState(message, Person(1), DeliveryState.Held, "by his host", 2);
        Assert.Equal(new DeliveryRow(message, "a@x", Person(1), false, DeliveryState.Held, "by his host", 2), Only(message));
        Deliveries.SetState(message, Person(1), DeliveryState.Stored, "", 3);
        foreach (DeliveryState state in Enum.GetValues<DeliveryState>()) Deliveries.SetState(message, Person(1), state, "late", 4);
        Deliveries.Requeue(message, Person(1), 5);
        Assert.Equal((DeliveryState.Stored, "", 3), (Only(message).State, Only(message).Detail, Only(message).Updated));
    }

    [Fact]
    public void Queued_deliveries_are_unannounced_until_that_is_noted_oldest_first()
    {
        long late = Add(9, DeliveryState.Queued), early = Add(3, DeliveryState.Queued), own = Add(1, DeliveryState.Stored);
        Assert.Equal([early, late], Deliveries.Unannounced(10).Select(row => row.Message));
        Assert.Equal([early], Deliveries.Unannounced(1).Select(row => row.Message));
        Deliveries.SetAnnounced(early, Person(1));
        Deliveries.SetAnnounced(own, Person(1));
        Assert.Equal([late], Deliveries.Unannounced(10).Select(row => row.Message));
    }

    [Fact]
    public void A_failed_delivery_is_queued_again_without_its_announcement_and_no_other_is()
    {
        long failed = Add(1, DeliveryState.Queued), held = Add(1, DeliveryState.Queued);
        Deliveries.SetAnnounced(failed, Person(1));
        Deliveries.SetAnnounced(held, Person(1));
        Deliveries.SetState(failed, Person(1), DeliveryState.Failed, "refused", 2);
        Deliveries.SetState(held, Person(1), DeliveryState.Held, "", 2);
        Deliveries.Requeue(failed, Person(1), 3);
        Deliveries.Requeue(held, Person(1), 3);
        Assert.Equal(new DeliveryRow(failed, "a@x", Person(1), false, DeliveryState.Queued, "", 3), Assert.Single(Deliveries.Unannounced(10)));
        Assert.Equal(DeliveryState.Held, Only(held).State);
    }

    [Fact]
    public void Deliveries_in_a_state_are_those_changed_before_a_time_oldest_first()
    {
        long late = Add(9, DeliveryState.Held), early = Add(3, DeliveryState.Held);
        Add(10, DeliveryState.Held);
        Add(1, DeliveryState.Queued);
        Assert.Equal([early, late], Deliveries.In(DeliveryState.Held, 10, 10).Select(row => row.Message));
        Assert.Equal([early], Deliveries.In(DeliveryState.Held, 10, 1).Select(row => row.Message));
    }

    [Fact]
    public void Counts_name_every_state()
    {
        Add(1, DeliveryState.Held);
        Add(1, DeliveryState.Held);
        Add(1, DeliveryState.Failed);
        IReadOnlyDictionary<DeliveryState, int> counts = Deliveries.Counts();
        Assert.Equal(Enum.GetValues<DeliveryState>(), counts.Keys.Order());
        Assert.Equal((2, 1, 0), (counts[DeliveryState.Held], counts[DeliveryState.Failed], counts[DeliveryState.Queued]));
    }

    private long AddMessage() => Tables.Messages.Add(NewMessage(AddThread()));

    private long Add(long updated, DeliveryState state)
    {
        long message = AddMessage();
        Deliveries.Add(new DeliveryRow(message, "a@x", Person(1), false, state, "", updated));
        return message;
    }

    private DeliveryRow Only(long message) => Assert.Single(Deliveries.Of(message));
}
