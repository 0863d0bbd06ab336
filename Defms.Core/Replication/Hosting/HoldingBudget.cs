using Defms.Core.Identities;

namespace Defms.Core.Replication.Hosting;

/// <summary>
/// How much of what somebody agreed to hold one sender may fill. A host cannot tell friends from strangers, so nobody gets all of it.
/// </summary>
public static class HoldingBudget
{
    /// <summary>Of the quota, for one key: a friend's films fit, and the others still find room.</summary>
    private const int SenderShare = 4;

    /// <summary>Of the quota, from one network, so that making keys does not multiply the room.</summary>
    private const int NetworkShare = 2;

    /// <summary>Announcements and receipts of one key: all of them are shown to the recipient, one by one.</summary>
    public const int MaxItemsPerSender = 4096;

    /// <summary>From one network.</summary>
    public const int MaxItemsPerNetwork = 4 * MaxItemsPerSender;

    /// <summary>How many bytes a sender may still bring; 0 or less when there is no room.</summary>
    internal static long Left(IHeldTable held, ServedRow served, Did sender, string network)
    {
        long quota = served.Terms.Quota;
        HeldSum all = held.Of(served.Identity), of = held.Of(served.Identity, sender), from = held.From(served.Identity, network);
        // Only he can make announcements of his own; what one other may fill is left to the others.
        if (sender == served.Identity)
            return Math.Min(quota - all.Bytes + held.Replicas(served.Identity).Bytes, quota - (quota / SenderShare) - of.Bytes);
        if (of.Items >= MaxItemsPerSender || from.Items >= MaxItemsPerNetwork)
            return 0;
        long free = quota - all.Bytes + held.Replicas(served.Identity).Bytes;
        return Math.Min(free, Math.Min(quota / SenderShare - of.Bytes, quota / NetworkShare - from.Bytes));
    }

    /// <summary>Lets replicas go, oldest first, until the quota is kept. False when that is not enough.</summary>
    internal static bool MakeRoom(IHeldTable held, ServedRow served)
    {
        while (held.Of(served.Identity).Bytes > served.Terms.Quota)
        {
            if (held.OldestReplica(served.Identity) is not { } oldest)
                return false;
            held.Remove(oldest);
        }
        return true;
    }
}
