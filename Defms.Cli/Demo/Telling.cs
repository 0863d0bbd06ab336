using Defms.Cli.Rendering;

namespace Defms.Cli.Demo;

/// <summary>A demonstration: it starts programs of its own, which stop when it is disposed.</summary>
internal interface IStory : IAsyncDisposable
{
    /// <summary>How many claims were checked and hold.</summary>
    int Checks { get; }

    /// <exception cref="DemoException">A claim does not hold, or a program failed.</exception>
    Task TellAsync(CancellationToken cancel);
}

/// <summary>How a demonstration speaks: a title a step, a line a claim.</summary>
internal sealed class Telling(Screen screen)
{
    public int Checks { get; private set; }

    public void Step(string title, string detail)
    {
        screen.Line();
        screen.Line(screen.Bold(title));
        Note(detail);
    }

    public void Note(string text)
    {
        foreach (string line in Lines(text, indent: 2))
            screen.Line(screen.Dim($"  {line}"));
        screen.Flush();
    }

    /// <exception cref="DemoException">It does not hold.</exception>
    public void Check(string claim, bool holds)
    {
        string mark = $"  {(holds ? screen.Green("ok") : screen.Red("NO"))}  ";
        foreach (string line in Lines(claim, indent: 6))
        {
            screen.Line(mark + line);
            mark = "      ";
        }
        screen.Flush();
        if (!holds)
            throw new DemoException($"This does not hold: {claim}.");
        Checks++;
    }

    /// <summary>Broken where a terminal is too narrow; elsewhere a claim is one line.</summary>
    private IEnumerable<string> Lines(string text, int indent) => screen.IsTerminal ? Wrapping.Wrap(text, screen.Width - indent) : [text];
}
