using Defms.Core.Identities;

namespace Defms.Core.Replication;

/// <summary>The request by which a person whose keys have changed shows others his new card, and learns which they know.</summary>
public interface ICardPeer
{
    /// <summary>Shows a card and returns the newest of the asker's own that is known there; null where none is.</summary>
    /// <param name="card">The asker's current one, or null to ask only.</param>
    /// <exception cref="PeerException">There is no answer that can be used.</exception>
    Task<Card?> ShowCardAsync(PeerAddress peer, Card? card, CancellationToken cancel);
}
