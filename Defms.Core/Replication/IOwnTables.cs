using Defms.Core.Blocks;
using Defms.Core.Identities;

namespace Defms.Core.Replication;

/// <summary>A message that came into this store.</summary>
/// <param name="Row">Its place in the order of arrival.</param>
/// <param name="Thread">Row number of its thread.</param>
/// <param name="Message">Row number of the message.</param>
/// <param name="Size">Octets of the mail.</param>
public readonly record struct OwnChange(long Row, long Thread, long Message, long Size);

/// <summary>Messages in the order in which they came here, for the owner's other machines.</summary>
public interface IOwnChangeTable
{
    /// <summary>What came behind <paramref name="row"/>, but for what this machine brought.</summary>
    /// <param name="exceptFrom">The tag of a machine (<see cref="MachineTag"/>); empty for none.</param>
    IReadOnlyList<OwnChange> After(long row, ReadOnlySpan<byte> exceptFrom, int limit);

    /// <summary>What came behind <paramref name="row"/>, but for what any of the owner's machines brought.</summary>
    IReadOnlyList<OwnChange> FirstHand(long row, int limit);

    /// <summary>Whether there is such a message in one thread.</summary>
    bool HasFirstHand(long thread, long row);

    /// <summary>All that came into one thread behind <paramref name="row"/>, in order.</summary>
    IReadOnlyList<OwnChange> InThread(long thread, long row);

    /// <summary>The last place; 0 when nothing came yet.</summary>
    long Last();

    /// <summary>Notes which of the owner's machines brought messages.</summary>
    void SetSource(IEnumerable<Cid> messages, ReadOnlySpan<byte> machine);
}

/// <summary>How an endpoint of the owner's own card stands to this store.</summary>
/// <param name="Url">As the card writes it.</param>
/// <param name="Read">The store that answered there, and how far it was read.</param>
/// <param name="Told">How far into this store's own changes that one was told.</param>
/// <param name="Tag">Which machine it is (<see cref="MachineTag"/>); empty until it has announced something.</param>
public sealed record OwnMachineRow(string Url, SyncCursor Read, long Told, byte[] Tag);

/// <summary>The endpoints at which the owner's machines were reached.</summary>
public interface IOwnMachineTable
{
    OwnMachineRow? Find(string url);

    void Put(OwnMachineRow row);

    IReadOnlyList<OwnMachineRow> List();
}

/// <summary>How far a host of the owner's was told what is new here, for his other machines.</summary>
/// <param name="Epoch">Of the keys that announced it.</param>
/// <param name="Told">How far into this store's own changes, for mail.</param>
/// <param name="Noted">How far for the private thread.</param>
/// <param name="Thread">The private thread that was left there; null before the first.</param>
/// <param name="Kept">Ids of the announcements of this machine that hold that thread, together all of it that was known here.</param>
public sealed record OwnHostRow(Did Host, int Epoch, long Told, long Noted, Cid? Thread, IReadOnlyList<byte[]> Kept);

/// <summary>The owner's hosts, as they serve to reach his other machines.</summary>
public interface IOwnHostTable
{
    OwnHostRow? Find(Did host);

    void Put(OwnHostRow row);

    void Remove(Did host);
}
