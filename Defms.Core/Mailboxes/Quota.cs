using System.Globalization;

namespace Defms.Core.Mailboxes;

/// <summary>
/// How much of the disk the store may take: what comes in is refused once it is reached, and the person is told before. What he writes himself
/// is never refused.
/// </summary>
/// <param name="Used">In bytes: what the store's file holds, without the room that is free in it.</param>
/// <param name="Limit">In bytes; null where none is set.</param>
public readonly record struct Quota(long Used, long? Limit)
{
    /// <summary>The setting: bytes in decimal digits.</summary>
    public const string Setting = "quota";

    /// <summary>In percent of the limit.</summary>
    private const int Near = 90;

    public bool IsReached => Used >= Limit;

    /// <summary>Whether it is time to say so.</summary>
    public bool IsNear => Limit is { } limit && Used >= limit / 100 * Near;

    public static Quota Of(IMailTables tables) => new(
        tables.Settings.Used(),
        long.TryParse(tables.Settings.Get(Setting), NumberStyles.None, CultureInfo.InvariantCulture, out long limit) ? limit : null);

    /// <summary>For who brings mail by hand.</summary>
    /// <exception cref="MailboxException">It is reached.</exception>
    public void Require()
    {
        if (IsReached)
            throw new MailboxException("The quota is reached, so nothing more was taken in. Raise it with 'defms config quota', or make room with 'defms forget' and 'defms gc'.");
    }
}
