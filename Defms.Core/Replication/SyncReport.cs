namespace Defms.Core.Replication;

/// <summary>Somebody who could not be reached or said no.</summary>
/// <param name="Peer">Who, by name and URL.</param>
public sealed record SyncFailure(string Peer, string Reason);

/// <summary>What a round of delivering and fetching did. Safe for use by several threads.</summary>
public sealed class SyncReport
{
    private readonly Lock gate = new();
    private readonly HashSet<Blocks.Cid> threads = [];
    private readonly List<SyncFailure> failed = [];

    /// <summary>Announcements that were taken by their recipients.</summary>
    public int Sent { get; private set; }

    /// <summary>Messages that were new here.</summary>
    public int Received { get; private set; }

    /// <summary>How many threads changed here.</summary>
    public int Threads => threads.Count;

    public IReadOnlyList<SyncFailure> Failed => failed;

    internal void AddSent()
    {
        lock (gate)
            Sent++;
    }

    internal void AddReceived(Blocks.Cid thread, int messages)
    {
        if (messages == 0)
            return;
        lock (gate)
        {
            Received += messages;
            threads.Add(thread);
        }
    }

    internal void AddFailure(string peer, string reason)
    {
        lock (gate)
            failed.Add(new SyncFailure(peer, reason));
    }
}
