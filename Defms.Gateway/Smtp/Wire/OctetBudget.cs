namespace Defms.Gateway.Smtp.Wire;

/// <summary>Counts the octets of all mails being received, up to a limit. Safe for use by several threads.</summary>
internal sealed class OctetBudget(long limit)
{
    private long used;

    public long Used => Interlocked.Read(ref used);

    public bool HasRoomFor(long octets) => Used + octets <= limit;

    public bool TryReserve(long octets)
    {
        if (Interlocked.Add(ref used, octets) <= limit)
            return true;
        Release(octets);
        return false;
    }

    public void Release(long octets) => Interlocked.Add(ref used, -octets);
}
