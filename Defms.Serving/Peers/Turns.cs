using Defms.Core.Identities;

namespace Defms.Serving.Peers;

/// <summary>
/// One answer of blocks at a time for each asker: so 1,024 wants and 64 MiB are all that anybody has in flight, over how many connections
/// and from how many networks he may ask. Others of his wait a moment. Safe for use by several threads.
/// </summary>
internal sealed class Turns
{
    /// <summary>A person's two machines may ask at once; 64 MiB take about so long over a good line.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    /// <summary>Of one asker; more at once is no honest asking.</summary>
    private const int MaxWaiting = 8;

    private readonly Lock gate = new();
    private readonly Dictionary<Did, Line> lines = [];

    /// <summary>The asker's turn until it is disposed; null when it does not come in time, or too many of his wait.</summary>
    public async Task<IDisposable?> EnterAsync(Did asker, CancellationToken cancel)
    {
        if (Join(asker) is not { } line)
            return null;
        bool entered = false;
        try
        {
            entered = await line.Turn.WaitAsync(Wait, cancel);
            return entered ? new Ending(() => Leave(asker, line, hadTurn: true)) : null;
        }
        finally
        {
            if (!entered)
                Leave(asker, line, hadTurn: false);
        }
    }

    private Line? Join(Did asker)
    {
        lock (gate)
        {
            if (!lines.TryGetValue(asker, out Line? line))
                lines[asker] = line = new Line();
            if (line.Length >= MaxWaiting)
                return null;
            line.Length++;
            return line;
        }
    }

    private void Leave(Did asker, Line line, bool hadTurn)
    {
        if (hadTurn)
            line.Turn.Release();
        lock (gate)
        {
            if (--line.Length > 0)
                return;
            lines.Remove(asker);
            line.Turn.Dispose();
        }
    }

    /// <summary>Those of one asker who have the turn or wait for it.</summary>
    private sealed class Line
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public int Length { get; set; }
    }

    private sealed class Ending(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
