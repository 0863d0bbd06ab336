using System.Globalization;
using System.Text;

namespace Defms.Benchmarks;

/// <summary>
/// Bars on a logarithmic scale of how each figure stands to its target; and where there is none, nothing. Colours that are told apart on light and dark
/// pages, and a word for those who do not see them.
/// </summary>
internal static class Chart
{
    private const int Names = 360;
    private const int Bars = 360;
    private const int Numbers = 70;
    private const int LineHeight = 22;
    private const int Top = 34;

    /// <summary>From a hundredth to a hundred times the target.</summary>
    private const double Decades = 2;

    public static string Draw(string title, IReadOnlyList<Row> rows)
    {
        Row[] aims = [.. rows.Where(row => row.Met is not null)];
        int height = Top + (aims.Length * LineHeight) + 8;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Names + Bars + Numbers}" height="{height}" font-family="sans-serif" font-size="12" fill="#7f7f7f" role="img">
            <title>{title}: figures against their targets</title>
            <text x="{Names}" y="14" text-anchor="middle" font-size="10">0.01</text>
            <text x="{XOf(1)}" y="14" text-anchor="middle" font-size="10">1 = target</text>
            <text x="{Names + Bars}" y="14" text-anchor="middle" font-size="10">100</text>

            """);
        for (int i = 0; i < aims.Length; i++)
            AppendBar(svg, aims[i], Top + (i * LineHeight));
        svg.Append(CultureInfo.InvariantCulture, $"""<line x1="{XOf(1)}" y1="20" x2="{XOf(1)}" y2="{height - 4}" stroke="#7f7f7f" stroke-dasharray="3 3"/>""");
        return svg.Append("\n</svg>\n").ToString();
    }

    private static void AppendBar(StringBuilder svg, Row row, int y)
    {
        double standing = row.Bound!.Standing(row.Median!.Value);
        int end = XOf(standing), middle = XOf(1);
        string colour = row.Met == true ? "#2f9e66" : "#d9622b";
        string figure = standing.ToString(standing < 10 ? "0.00" : "0", CultureInfo.InvariantCulture);
        svg.Append(CultureInfo.InvariantCulture, $"""
            <text x="{Names - 8}" y="{y + 8}" text-anchor="end">{row.Figure}</text>
            <rect x="{Math.Min(end, middle)}" y="{y - 4}" width="{Math.Max(1, Math.Abs(end - middle))}" height="14" fill="{colour}"><title>{(row.Met == true ? "met" : "missed")}</title></rect>
            <text x="{Names + Bars + 8}" y="{y + 8}">{figure}×</text>

            """);
    }

    private static int XOf(double standing) =>
        Names + (int)((Math.Clamp(Math.Log10(standing), -Decades, Decades) + Decades) / (2 * Decades) * Bars);
}
