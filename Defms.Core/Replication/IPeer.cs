using Defms.Core.Blocks;
using Defms.Core.Identities;

namespace Defms.Core.Replication;

/// <summary>Where a request goes, and whose answer counts.</summary>
/// <param name="Url">The endpoint as a card names it.</param>
/// <param name="Identity">Who answers there, by the card.</param>
/// <param name="MayBePrivate">Whether the person entered it by hand, so that it may lead into a private network.</param>
public sealed record PeerAddress(Uri Url, Did Identity, bool MayBePrivate)
{
    public static PeerAddress Of(Endpoint endpoint, bool mayBePrivate) => new(endpoint.Url, endpoint.Identity, mayBePrivate);
}

/// <summary>The four requests between machines, seen from the one who asks. Implementations set time limits and never follow redirects.</summary>
public interface IPeer
{
    /// <summary>Sends an announcement with blocks and returns the receipt, whose signature was verified but not yet whether it counts.</summary>
    /// <param name="blocks">Read while they are sent.</param>
    /// <exception cref="PeerException">There is no answer that can be used.</exception>
    Task<Receipt> AnnounceAsync(PeerAddress peer, Announcement announcement, IEnumerable<Block> blocks, CancellationToken cancel);

    /// <exception cref="PeerException">The receipt was not taken.</exception>
    Task SendReceiptAsync(PeerAddress peer, Receipt receipt, CancellationToken cancel);

    /// <summary>Asks what is new; the caller disposes the answer.</summary>
    /// <exception cref="PeerException">There is no answer that can be used.</exception>
    Task<PeerStream> SyncAsync(PeerAddress peer, SyncRequest request, CancellationToken cancel);

    /// <summary>Asks for blocks of a thread; the caller disposes the answer.</summary>
    /// <exception cref="PeerException">There is no answer that can be used.</exception>
    Task<PeerStream> FetchAsync(PeerAddress peer, WantList wants, CancellationToken cancel);
}

/// <summary>A CAR that is still arriving.</summary>
public sealed class PeerStream(CarReader blocks, IDisposable connection) : IDisposable
{
    public CarReader Blocks { get; } = blocks;

    public void Dispose() => connection.Dispose();
}

/// <summary>What went wrong with a request.</summary>
public enum PeerFault
{
    /// <summary>No connection, or it broke: worth another try.</summary>
    Unreachable,

    /// <summary>The other side has too much to do or no room: worth another try, later.</summary>
    Busy,

    /// <summary>The other side said no.</summary>
    Refused,

    /// <summary>The other side waits for it no more.</summary>
    Gone,

    /// <summary>The answer was not of the protocol.</summary>
    BadAnswer,
}

/// <summary>A request that brought nothing; the message is for the person and names the peer.</summary>
public sealed class PeerException(PeerFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public PeerFault Fault { get; } = fault;
}
