using Defms.Core.Identities;

namespace Defms.Core.Replication.Hosting;

/// <summary>A host of the owner's.</summary>
/// <param name="Quota">Bytes, by its own last word; 0 before it said anything.</param>
/// <param name="Used">Bytes that it held when it last said.</param>
/// <param name="Contacted">When it last answered, in Unix milliseconds; 0 before the first time.</param>
/// <param name="Error">Why it did not answer the last time; null when it did.</param>
public sealed record HostRow(
    Did Identity, Uri Url, string Name, long Quota, int Days, long Used, int Items, long Added, long Contacted, string? Error)
{
    /// <summary>The person entered it by hand, so it may stand in a private network.</summary>
    public PeerAddress Address => new(Url, Identity, MayBePrivate: true);
}

/// <summary>Who holds mail for the owner.</summary>
public interface IHostTable
{
    HostRow? Find(Did identity);

    IReadOnlyList<HostRow> List();

    void Put(HostRow row);

    /// <summary>Notes whether it answered; nothing where it is no host of the owner's.</summary>
    void Note(Did identity, long now, string? error);

    void Remove(Did identity);
}

/// <summary>Which hosts of recipients say that they hold announcements of the owner's.</summary>
public interface IHolderTable
{
    /// <param name="row">The announcement's place in <see cref="IOutgoingTable"/>.</param>
    /// <param name="again">Unix milliseconds, when others are tried although it is held.</param>
    void Put(long row, Did holder, long again);

    IReadOnlyList<Did> Of(long row);

    /// <summary>Announcements that have been held without word from the recipient until now.</summary>
    IReadOnlyList<long> Due(long now, int limit);
}
