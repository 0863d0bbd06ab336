namespace Defms.Core.Blocks;

/// <summary>
/// An IPFS node of the owner's own, which he entered by hand: it keeps blocks, pins what lies below a root, and speaks with other nodes. Its
/// answers are checked where they can be. Safe for use by several threads.
/// </summary>
public interface IBlockNode : IDisposable
{
    /// <summary>Where it is, for people.</summary>
    string Name { get; }

    /// <summary>Hands blocks over; when this returns the node has all of them, unpinned.</summary>
    /// <exception cref="BlockNodeException">It did not take all of them.</exception>
    Task PutAsync(IReadOnlyCollection<Block> blocks, CancellationToken cancel);

    /// <summary>A block that the node itself has, checked against its name; null when it has none that matches.</summary>
    /// <exception cref="BlockNodeException">It did not answer, or in a way that says neither.</exception>
    Task<Block?> FindAsync(Cid cid, CancellationToken cancel);

    /// <summary>A block that the node has or gets from others within a time; null when it does not.</summary>
    /// <inheritdoc cref="FindAsync"/>
    Task<Block?> FetchAsync(Cid cid, TimeSpan limit, CancellationToken cancel);

    /// <summary>How many bytes the node says a block of its own has; null when it has none.</summary>
    /// <inheritdoc cref="FindAsync"/>
    Task<long?> SizeAsync(Cid cid, CancellationToken cancel);

    /// <summary>
    /// Pins a root and everything below it. All of it should be at the node, or at nodes that it is connected to; else this fails after a while.
    /// </summary>
    /// <param name="superseded">A root whose pin is given up for this one, if any.</param>
    /// <exception cref="BlockNodeException">It is not pinned; the superseded root may be pinned no more only if it is.</exception>
    Task PinAsync(Cid root, Cid? superseded, CancellationToken cancel);

    /// <summary>Whether a root is pinned with everything below it.</summary>
    /// <exception cref="BlockNodeException">It did not answer.</exception>
    Task<bool> IsPinnedAsync(Cid root, CancellationToken cancel);

    /// <summary>Gives up a pin; one that is not there is given up already.</summary>
    /// <exception cref="BlockNodeException">It did not answer.</exception>
    Task UnpinAsync(Cid root, CancellationToken cancel);

    /// <summary>Lets the node drop what nothing pins.</summary>
    /// <exception cref="BlockNodeException">It did not answer.</exception>
    Task CollectAsync(CancellationToken cancel);

    /// <summary>Has the node connect to another one, by its multiaddress.</summary>
    /// <exception cref="BlockNodeException">It is not connected.</exception>
    Task ConnectAsync(string multiaddress, CancellationToken cancel);

    /// <summary>What the node says of itself.</summary>
    /// <exception cref="BlockNodeException">It did not answer, or is none.</exception>
    Task<BlockNodeDescription> DescribeAsync(CancellationToken cancel);
}

/// <summary>What an IPFS node says of itself.</summary>
/// <param name="PeerId">Its name among nodes.</param>
/// <param name="Agent">Program and version.</param>
/// <param name="Addresses">Multiaddresses at which other nodes reach it, each with its name.</param>
/// <param name="Warnings">What in its settings the owner should know of, a sentence each.</param>
public sealed record BlockNodeDescription(string PeerId, string Agent, IReadOnlyList<string> Addresses, IReadOnlyList<string> Warnings);

/// <summary>An IPFS node did not do what was asked; the message says which node, which call and why, for people.</summary>
public sealed class BlockNodeException(string message, Exception? inner = null) : Exception(message, inner);
