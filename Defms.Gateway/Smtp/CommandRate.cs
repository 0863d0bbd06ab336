namespace Defms.Gateway.Smtp;

/// <summary>
/// How many commands a client may still say: so many at once, then so many a second. A mail that was taken gives back what it took, so that who
/// brings mail is never held up, and who only talks soon is.
/// </summary>
internal sealed class CommandRate(SmtpLimits limits, TimeProvider time)
{
    private readonly double most = limits.CommandBurst + limits.Recipients;
    private double left = limits.CommandBurst + limits.Recipients;
    private double sinceMail;
    private long filled = time.GetTimestamp();

    /// <summary>False when it was one too many.</summary>
    public bool TryTake()
    {
        long now = time.GetTimestamp();
        left = Math.Min(most, left + (time.GetElapsedTime(filled, now).TotalSeconds * limits.CommandsPerSecond));
        filled = now;
        if (left < 1)
            return false;
        left--;
        sinceMail++;
        return true;
    }

    /// <summary>A mail was taken.</summary>
    public void GiveBack()
    {
        left = Math.Min(most, left + sinceMail);
        sinceMail = 0;
    }
}
