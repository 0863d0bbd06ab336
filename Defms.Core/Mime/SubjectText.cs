namespace Defms.Core.Mime;

/// <summary>Subjects and the marks that programs put before them when somebody answers or forwards.</summary>
public static class SubjectText
{
    private static readonly string[] ReplyMarks = ["re", "aw", "antw", "sv", "vs", "odp", "rif", "ref", "res", "回复", "答复", "回覆"];

    private static readonly string[] ForwardMarks = ["fwd", "fw", "wg", "tr", "vl", "enc", "rv", "i", "转发", "轉寄"];

    /// <summary>The subject without any reply and forward marks: what two messages of one conversation have in common.</summary>
    public static string Base(string subject) => Strip(subject, forwards: true);

    /// <summary>The subject of an answer: one "Re:" however many there were.</summary>
    public static string Reply(string? subject) => ("Re: " + Strip(Clean(subject), forwards: false)).Trim();

    /// <summary>The subject of a forwarded message: one "Fwd:".</summary>
    public static string Forward(string? subject)
    {
        string clean = Clean(subject);
        int mark = MarkLength(clean, ForwardMarks);
        return ("Fwd: " + clean[mark..]).Trim();
    }

    /// <summary>Text for one line: control characters, which encoded words can hide, become spaces.</summary>
    internal static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;

    private static string Clean(string? text) => text is null ? "" : OneLine(text).Trim();

    private static string Strip(string subject, bool forwards)
    {
        int start = 0;
        while (true)
        {
            int mark = MarkLength(subject.AsSpan(start), ReplyMarks);
            if (mark == 0 && forwards)
                mark = MarkLength(subject.AsSpan(start), ForwardMarks);
            if (mark == 0)
                return subject[start..].Trim();
            start += mark;
        }
    }

    /// <summary>The length of "Re:", "RE[2]:", "Re^3 :" and the white space around it; 0 when there is none.</summary>
    private static int MarkLength(ReadOnlySpan<char> subject, string[] marks)
    {
        int start = subject.Length - subject.TrimStart().Length;
        foreach (string mark in marks)
        {
            if (!subject[start..].StartsWith(mark, StringComparison.OrdinalIgnoreCase))
                continue;
            int end = start + mark.Length;
            while (end < subject.Length && (char.IsAsciiDigit(subject[end]) || subject[end] is '[' or ']' or '(' or ')' or '^' or ' '))
                end++;
            if (end < subject.Length && subject[end] is ':' or '：')
                return end + 1;
        }

        return 0;
    }
}
