namespace Defms.Core.Tests.Convergence;

/// <summary>Which of the requests between machines.</summary>
internal enum Request
{
    Announce,
    Receipt,
    Sync,
    Fetch,
    ShowCard,
}

/// <summary>A request as it is on the wire.</summary>
/// <param name="Signed">The header of a signed request; null where there is none.</param>
internal sealed record Packet(Request Request, byte[] Body, string? Signed)
{
    public string Path => $"/simulated/{Request}";
}

/// <summary>What answers requests.</summary>
internal interface IDoor
{
    /// <exception cref="Core.Replication.PeerException">The request was refused.</exception>
    Task<byte[]> AnswerAsync(Packet packet);
}
