namespace Defms.Cli.Rendering;

/// <summary>Breaks text at spaces into lines of a width.</summary>
internal static class Wrapping
{
    /// <summary>Line ends of the text stay; a word that is too long for a line stands on one of its own, whole, so that it can be copied.</summary>
    /// <param name="text">Lines ending in LF.</param>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        foreach (string line in text.Split('\n'))
        {
            if (TextWidth.Of(line) <= width)
            {
                yield return line.TrimEnd();
                continue;
            }
            foreach (string part in WrapLine(line.TrimEnd(), width))
                yield return part;
        }
    }

    /// <summary>Text as one block, its lines behind the first indented by <paramref name="indent"/> spaces.</summary>
    public static string Block(string text, int width, int indent) =>
        string.Join("\n" + new string(' ', indent), Wrap(text, Math.Max(20, width - indent)));

    private static IEnumerable<string> WrapLine(string line, int width)
    {
        int start = 0;
        while (start < line.Length)
        {
            int end = start + TextWidth.Fitting(line.AsSpan(start), width);
            if (end < line.Length)
                end = BreakBefore(line, start, end);
            yield return line[start..end].TrimEnd();
            start = end;
            while (start < line.Length && line[start] == ' ')
                start++;
        }
    }

    /// <summary>The last space that the line may end at, else the first one behind.</summary>
    private static int BreakBefore(string line, int start, int end)
    {
        if (line[end] == ' ')
            return end;
        int space = line.LastIndexOf(' ', end - 1, end - start);
        if (space > start && line.AsSpan(start, space - start).ContainsAnyExcept(' '))
            return space;
        int next = line.IndexOf(' ', end);
        return next < 0 ? line.Length : next;
    }
}
