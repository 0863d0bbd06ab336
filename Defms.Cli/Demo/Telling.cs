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
        screen.Line(screen.Dim($"  {detail}"));
        screen.Flush();
    }

    public void Note(string text)
    {
        screen.Line(screen.Dim($"  {text}"));
        screen.Flush();
    }

    /// <exception cref="DemoException">It does not hold.</exception>
    public void Check(string claim, bool holds)
    {
        screen.Line($"  {(holds ? screen.Green("ok") : screen.Red("NO"))}  {claim}");
        screen.Flush();
        if (!holds)
            throw new DemoException($"This does not hold: {claim}.");
        Checks++;
    }
}
