namespace Defms.Core.Replication;

/// <summary>How long to wait before the next attempt at somebody who cannot be reached.</summary>
public static class Pauses
{
    /// <summary>Another process does not try a row that this one has just taken up.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);

    /// <summary>A stranger's mail waits for a person; asking more often would be pressing.</summary>
    public static readonly TimeSpan Quarantined = TimeSpan.FromHours(24);

    /// <summary>A host has it; after so long somebody else is tried, too.</summary>
    public static readonly TimeSpan Held = TimeSpan.FromHours(24);

    /// <summary>When the sentbox begins to say that nothing has arrived.</summary>
    public static readonly TimeSpan Overdue = TimeSpan.FromHours(24);

    private static readonly TimeSpan[] Growing =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1), TimeSpan.FromHours(2),
    ];

    /// <summary>The pause behind the <paramref name="attempts"/>-th attempt, counted from 1.</summary>
    public static TimeSpan After(int attempts) => Growing[Math.Clamp(attempts - 1, 0, Growing.Length - 1)];
}
