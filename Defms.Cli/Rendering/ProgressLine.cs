namespace Defms.Cli.Rendering;

/// <summary>A line on a terminal that says how far something has come; elsewhere it is silent.</summary>
internal sealed class ProgressLine(Screen screen)
{
    private int shown = -1;

    public void Show(int done, int all)
    {
        int percent = (int)(100L * done / Math.Max(1, all));
        if (!screen.IsTerminal || percent == shown)
            return;
        shown = percent;
        screen.Text($"\r{percent,3} %");
        screen.Flush();
    }

    public void Clear()
    {
        if (shown < 0)
            return;
        screen.Text("\r\e[K");
        screen.Flush();
    }
}
