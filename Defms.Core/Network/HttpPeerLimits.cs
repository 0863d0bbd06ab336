namespace Defms.Core.Network;

/// <summary>How long an asker waits. Whole requests have no limit of their own: a slow line that moves is not cut.</summary>
public sealed record HttpPeerLimits
{
    public static HttpPeerLimits Default { get; } = new();

    /// <summary>For resolving, connecting and the TLS handshake together.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>While bytes should flow, in either direction.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From the last byte of the request to the first of the answer: the other side verifies and syncs up to 64 MiB then.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(60);
}
