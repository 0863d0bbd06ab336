namespace Defms.Cli.Rendering;

/// <summary>Labels as they stand in lists: <c>[work] [to do]</c>.</summary>
internal static class LabelText
{
    public static string Of(IEnumerable<string> labels) => string.Join(' ', labels.Select(label => $"[{VisibleText.Line(label)}]"));
}
