namespace Defms.Gateway.Smtp.Wire;

/// <summary>Counts the octets of all mails being received, up to a limit. Safe for use by several threads.</summary>
internal sealed class OctetBudget(long limit)
{
    /// <summary>Mails up to it are nearly all there are; a quarter of the budget is theirs, so that a few large ones without end keep nobody else's out.</summary>
    private const long SmallMail = 1024 * 1024;

    private long used;

    public long Used => Interlocked.Read(ref used);

    public bool HasRoomFor(long octets) => Used + octets <= limit;

    /// <param name="octets">For one mail, as it is to be now.</param>
    public bool TryReserve(long octets)
    {
        if (Interlocked.Add(ref used, octets) <= (octets > SmallMail ? limit - (limit / 4) : limit))
            return true;
        Release(octets);
        return false;
    }

    public void Release(long octets) => Interlocked.Add(ref used, -octets);
}
