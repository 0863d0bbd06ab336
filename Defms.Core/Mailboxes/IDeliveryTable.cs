using Defms.Core.Identities;

namespace Defms.Core.Mailboxes;

/// <summary>How far a message has come on its way to one recipient. Numbers are stored: never change one.</summary>
public enum DeliveryState
{
    /// <summary>Here, waiting for its next attempt or for the recipient to ask.</summary>
    Queued = 0,

    /// <summary>With a host of the recipient; on its way to the old world, with the gateway.</summary>
    Held = 1,

    /// <summary>In the recipient's own store, by his receipt.</summary>
    Stored = 2,

    /// <summary>With the recipient, who has not accepted the sender yet.</summary>
    Quarantined = 3,

    /// <summary>Handed to the old mail world.</summary>
    Smtp = 4,

    /// <summary>Refused or given up; the detail says by whom and why.</summary>
    Failed = 5,
}

/// <summary>One recipient of one sent message: an entry of the sentbox.</summary>
/// <param name="Message">Row number of the message in the thread that reaches this recipient.</param>
/// <param name="Address">As the sender wrote it; for a party without an address, the identity.</param>
/// <param name="Identity">Who that is natively; nobody (the default value) where it goes to the old mail world by a gateway.</param>
/// <param name="IsBcc">Whether nobody else may learn of this recipient.</param>
/// <param name="Updated">Unix milliseconds of the last change.</param>
public sealed record DeliveryRow(long Message, string Address, Did Identity, bool IsBcc, DeliveryState State, string Detail, long Updated)
{
    /// <summary>Whether it goes to the old mail world, in clear behind the gateway.</summary>
    public bool IsLegacy => Identity.IsDefault;
}

/// <summary>The sentbox: a state for each recipient of each sent message.</summary>
public interface IDeliveryTable
{
    void Add(DeliveryRow row);

    IReadOnlyList<DeliveryRow> Of(long message);

    /// <summary>Deliveries that no announcement carries yet, oldest first, at most <paramref name="limit"/>.</summary>
    IReadOnlyList<DeliveryRow> Unannounced(int limit);

    /// <summary>Notes that announcements carry these deliveries.</summary>
    void SetAnnounced(long message, Did identity);

    /// <summary>Queues a failed delivery again, without an announcement.</summary>
    void Requeue(long message, Did identity, long now);

    /// <summary>Changes the state; a delivery that is stored stays stored.</summary>
    void SetState(long message, Did identity, DeliveryState state, string detail, long now);

    /// <summary>Takes over what is said of one delivery, whatever its state was.</summary>
    void Take(DeliveryRow told);

    /// <summary>Says more of a delivery that is still queued; its state and the time of its change stay.</summary>
    void SetDetail(long message, Did identity, string detail);

    /// <summary>Deliveries in a state, last changed before <paramref name="before"/> (Unix milliseconds), oldest first.</summary>
    IReadOnlyList<DeliveryRow> In(DeliveryState state, long before, int limit);

    /// <summary>How many deliveries are in each state.</summary>
    IReadOnlyDictionary<DeliveryState, int> Counts();
}
