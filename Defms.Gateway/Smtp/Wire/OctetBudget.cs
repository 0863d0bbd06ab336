namespace Defms.Gateway.Smtp.Wire;

/// <summary>
/// Counts the octets of all mails being received, up to a limit. Large mails may not take all of it: a part is kept for smaller ones, and of that a part for
/// the smallest, which are nearly all there are; so large ones without end keep nobody else's out. Safe for use by several threads.
/// </summary>
internal sealed class OctetBudget(long limit)
{
    /// <summary>What mails above a size leave free, as a fraction of the limit.</summary>
    private static readonly (long Above, long Fraction)[] Kept = [(1024 * 1024, 4), (64 * 1024, 8), (16 * 1024, 16)];

    private long used;

    public long Used => Interlocked.Read(ref used);

    public bool HasRoomFor(long octets) => Used + octets <= limit;

    /// <param name="octets">For one mail, as it is to be now.</param>
    public bool TryReserve(long octets)
    {
        if (Interlocked.Add(ref used, octets) <= limit - KeptFrom(octets))
            return true;
        Release(octets);
        return false;
    }

    public void Release(long octets) => Interlocked.Add(ref used, -octets);

    private long KeptFrom(long octets)
    {
        foreach ((long above, long fraction) in Kept)
        {
            if (octets > above)
                return limit / fraction;
        }
        return 0;
    }
}
