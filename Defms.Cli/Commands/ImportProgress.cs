using System.Globalization;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Commands;

/// <summary>A line on a terminal: how far, how many, how fast, how long still. Elsewhere it is silent.</summary>
internal sealed class ImportProgress(Screen screen, TimeProvider time, long total)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>In columns; with the numbers behind it a line of 80 is not filled.</summary>
    private const int BarWidth = 20;

    private readonly long start = time.GetTimestamp();
    private TimeSpan shown;

    public TimeSpan Elapsed => time.GetElapsedTime(start);

    public void Show(FilingProgress done)
    {
        TimeSpan elapsed = Elapsed;
        if (!screen.IsTerminal || elapsed - shown < Pause)
            return;
        shown = elapsed;
        long mails = done.Imported + done.AlreadyHere + done.Unreadable;
        string share = total > 0 ? $"{Bar((double)done.Position / total)} {100 * done.Position / total,3} %  " : "";
        string left = total > 0 && done.Position > 0 ? $", {Span(elapsed * ((double)(total - done.Position) / done.Position))} left" : "";
        screen.Text(string.Create(CultureInfo.InvariantCulture, $"\r\e[K{share}{mails:N0} messages, {Rate(mails, elapsed):N0}/s{left}"));
        screen.Flush();
    }

    public void Clear()
    {
        if (shown == TimeSpan.Zero)
            return;
        screen.Text("\r\e[K");
        screen.Flush();
    }

    public static long Rate(long mails, TimeSpan elapsed) => (long)(mails / Math.Max(0.001, elapsed.TotalSeconds));

    private static string Bar(double share)
    {
        int full = (int)(Math.Clamp(share, 0, 1) * BarWidth);
        return new string('█', full) + new string('░', BarWidth - full);
    }

    private static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 60 } => $"{Math.Max(0, (int)span.TotalSeconds)} s",
        { TotalMinutes: < 60 } => $"{(int)span.TotalMinutes} min",
        _ => $"{(int)span.TotalHours} h {span.Minutes} min",
    };
}
