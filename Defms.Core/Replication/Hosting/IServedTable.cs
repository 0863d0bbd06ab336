using Defms.Core.Identities;

namespace Defms.Core.Replication.Hosting;

/// <summary>How much is held for somebody, and how long.</summary>
/// <param name="Quota">Bytes of all that is held for him.</param>
/// <param name="Days">What he has not fetched within so many days is dropped.</param>
/// <param name="Keeps">Whether what his machines have all fetched stays as a replica until room is needed.</param>
public readonly record struct HostingTerms(long Quota, int Days, bool Keeps)
{
    /// <summary>Some ten thousand letters, or a few films; a small server's disk has room for dozens of people.</summary>
    public const long DefaultQuota = 1L << 30;

    /// <summary>A long holiday.</summary>
    public const int DefaultDays = 30;

    /// <summary>A petabyte; sums of many stay far from the end of 64 bits.</summary>
    public const long MaxQuota = 1L << 50;

    /// <summary>A hundred years.</summary>
    public const int MaxDays = 36_500;

    public static HostingTerms Default => new(DefaultQuota, DefaultDays, Keeps: false);

    /// <summary>Whether an agreement can say this.</summary>
    public bool IsValid => Quota is > 0 and <= MaxQuota && Days is > 0 and <= MaxDays;
}

/// <summary>Somebody whose mail is held here.</summary>
/// <param name="Name">What the operator calls him; nothing else is known of him.</param>
/// <param name="Epoch">The highest of his epochs that was seen: older keys fetch nothing.</param>
/// <param name="Added">Unix milliseconds.</param>
/// <param name="Contacted">When he last asked, in Unix milliseconds; 0 before the first time.</param>
public sealed record ServedRow(Did Identity, string? Name, int Epoch, HostingTerms Terms, long Added, long Contacted);

/// <summary>Whom mail is held for.</summary>
public interface IServedTable
{
    ServedRow? Find(Did identity);

    IReadOnlyList<ServedRow> List();

    void Put(ServedRow row);

    void Remove(Did identity);
}

/// <summary>Agreements that are offered to whoever shows the token first.</summary>
public interface IInvitationTable
{
    /// <param name="hash">SHA-256 of the token: who reads this table can use none.</param>
    /// <param name="name">What the operator calls the one he invites.</param>
    /// <param name="expires">Unix milliseconds.</param>
    void Add(ReadOnlySpan<byte> hash, string? name, HostingTerms terms, long expires);

    /// <summary>The terms of an invitation that is still good, which is used up by this; null where there is none.</summary>
    (string? Name, HostingTerms Terms)? Take(ReadOnlySpan<byte> hash, long now);

    /// <summary>How many are open.</summary>
    int Count(long now);
}
