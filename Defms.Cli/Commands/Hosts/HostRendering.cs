using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Replication.Hosting;

namespace Defms.Cli.Commands.Hosts;

/// <summary>Hosts and those who are served, as text and as JSON.</summary>
internal static class HostRendering
{
    private const int NameWidth = 20;

    public static void Show(Invocation run, HostRow row)
    {
        Screen screen = run.Out;
        string mark = row.Error is null ? screen.Green("✓") : screen.Red("✗");
        screen.Line($"{mark} {screen.Dim(Names.Short(row.Identity))}  {screen.Bold(TextWidth.Fit(VisibleText.Line(row.Name), NameWidth))}  {row.Url.AbsoluteUri.TrimEnd('/')}");
        screen.Sentence($"    {Names.Size(row.Used)} of {Names.Size(row.Quota)} in {Names.Count(row.Items, "item")}, for {Names.Count(row.Days, "day")}; {Contact(run, row.Contacted)}", 4);
        if (row.Error is { } error)
            screen.Sentence("    " + screen.Yellow(VisibleText.Line(error)), 4);
    }

    public static void Show(Invocation run, ServedRow row, HeldSum held)
    {
        string name = TextWidth.Fit(VisibleText.Line(row.Name ?? "(no name)"), NameWidth);
        run.Out.Line($"{run.Out.Dim(Names.Short(row.Identity))}  {run.Out.Bold(name)}  {Names.Size(held.Bytes)} of {Names.Size(row.Terms.Quota)} in {Names.Count(held.Items, "item")}");
        string replica = row.Terms.Keeps ? ", kept as a replica" : "";
        run.Out.Line($"    for {Names.Count(row.Terms.Days, "day")}{replica}; {Contact(run, row.Contacted)}");
    }

    /// <summary>One host of the owner's.</summary>
    public static void Write(Utf8JsonWriter json, HostRow row)
    {
        json.WriteStartObject();
        json.WriteString("id", row.Identity.ToString());
        json.WriteString("name", row.Name);
        json.WriteString("url", row.Url.AbsoluteUri.TrimEnd('/'));
        json.WriteString("state", row.Error is null ? "good" : "failed");
        WriteSums(json, new HostingTerms(row.Quota, row.Days, Keeps: false), new HeldSum(row.Used, row.Items), row.Contacted);
        json.WriteString("error", row.Error);
        json.WriteEndObject();
    }

    /// <summary>Somebody whose mail is held here.</summary>
    public static void Write(Utf8JsonWriter json, ServedRow row, HeldSum held)
    {
        json.WriteStartObject();
        json.WriteString("id", row.Identity.ToString());
        json.WriteString("name", row.Name);
        json.WriteBoolean("keep", row.Terms.Keeps);
        WriteSums(json, row.Terms, held, row.Contacted);
        json.WriteEndObject();
    }

    private static void WriteSums(Utf8JsonWriter json, HostingTerms terms, HeldSum held, long contacted)
    {
        json.WriteNumber("quota", terms.Quota);
        json.WriteNumber("days", terms.Days);
        json.WriteNumber("used", held.Bytes);
        json.WriteNumber("items", held.Items);
        json.WriteString("contacted", contacted > 0 ? Names.Time(contacted) : null);
    }

    private static string Contact(Invocation run, long contacted) =>
        contacted == 0 ? "never in contact"
        : Names.Ago(contacted, run.Time) is { Length: > 0 } ago ? $"last contact {ago}"
        : $"last contact {Names.Date(contacted, run.Time)}";
}
