using System.Numerics;
using System.Text;

namespace Defms.Core.Mailboxes.Search;

/// <summary>Finds again in a text the words that a query asked for, by the same rules as the index.</summary>
public sealed class Highlighter
{
    /// <summary>In characters: nobody looks for the place of a word further down to decide what to read.</summary>
    private const int MaxText = 200_000;

    private const int MaxMarks = 200;

    /// <summary>How far a better place is looked for, in characters, behind the first at which all terms were seen.</summary>
    private const int Further = 2_000;

    /// <summary>How much of a snippet stands before its first mark.</summary>
    private const int Lead = 40;

    private readonly List<Term> terms = [];

    /// <param name="query">What it says must not be there is not looked for.</param>
    /// <param name="field">Where the text stands in a mail; words asked for in another field are not marked in it.</param>
    public Highlighter(SearchNode query, SearchField field)
    {
        var open = new Stack<SearchNode>([query]);
        while (open.TryPop(out SearchNode? node))
        {
            IReadOnlyList<SearchNode> below = node switch { AllOf all => all.Nodes, AnyOf any => any.Nodes, _ => [] };
            foreach (SearchNode each in below)
                open.Push(each);
            if (node is Phrase phrase && (phrase.Field == SearchField.Any || phrase.Field == field))
                terms.Add(Term.Of(phrase));
        }
    }

    /// <summary>Whether there is anything to mark.</summary>
    public bool HasTerms => terms.Count > 0;

    /// <summary>A text of one line with all its marks.</summary>
    public MarkedText Mark(string text) => new(text, Merge(Find(text)));

    /// <summary>About <paramref name="length"/> characters from where most of the words stand close together; the beginning where none does.</summary>
    public MarkedText Snippet(string text, int length)
    {
        List<Found> found = Find(text);
        int start = found.Count == 0 ? 0 : Math.Max(0, Best(text, found, length) - Lead);
        while (start > 0 && !char.IsWhiteSpace(text[start - 1]) && start % Lead != 0)
            start--;
        string line = OneLine(text, start, length);
        return Mark(start > 0 ? "…" + line : line);
    }

    /// <summary>The start of the marks in whose neighbourhood most different terms stand, rather in own words than in quoted ones.</summary>
    private static int Best(string text, List<Found> found, int length)
    {
        int best = 0;
        int bestScore = -1;
        for (int i = 0; i < found.Count; i++)
        {
            int reach = found[i].Start + length - Lead;
            int score = IsQuoted(text, found[i].Start) ? 0 : 1;
            ulong near = 0;
            for (int j = i; j < found.Count && found[j].Start < reach; j++)
                near |= 1UL << Math.Min(found[j].Term, 63);
            score += 2 * BitOperations.PopCount(near);
            if (score > bestScore)
                (best, bestScore) = (i, score);
        }
        return found[best].Start;
    }

    private static bool IsQuoted(string text, int at)
    {
        int line = at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;
        return text[line] == '>';
    }

    private List<Found> Find(string text)
    {
        List<Found> found = [];
        if (terms.Count == 0)
            return found;
        ReadOnlySpan<char> read = text.AsSpan(0, Math.Min(text.Length, MaxText));
        bool[] seen = new bool[terms.Count];
        int unseen = terms.Count;
        int last = read.Length;
        for (int at = 0; found.Count < MaxMarks && at < last && WordUnits.TryNext(read, at, out WordUnit unit); at = unit.End)
        {
            for (int term = 0; term < terms.Count; term++)
            {
                if (!terms[term].IsAt(read, unit, out int end))
                    continue;
                found.Add(new Found(unit.Start, end, term));
                if (!seen[term] && --unseen == 0)
                    last = end + Further;
                seen[term] = true;
            }
        }
        return found;
    }

    /// <summary>Marks that touch become one.</summary>
    private static List<TextMark> Merge(List<Found> found)
    {
        List<TextMark> merged = [];
        foreach (Found each in found)
        {
            TextMark? before = merged.Count > 0 ? merged[^1] : null;
            if (before is not null && each.Start <= before.Start + before.Length)
                merged[^1] = before with { Length = Math.Max(before.Length, each.End - before.Start) };
            else
                merged.Add(new TextMark(each.Start, each.End - each.Start));
        }
        return merged;
    }

    /// <summary>White space and quote marks become one space, and a word at the end stays whole.</summary>
    private static string OneLine(string text, int start, int length)
    {
        var line = new StringBuilder(length + 20);
        bool isLineStart = true;
        int at = start;
        for (; at < text.Length && (line.Length < length || !char.IsWhiteSpace(text[at])) && line.Length < length + Lead; at++)
        {
            char c = text[at];
            isLineStart = c == '\n' || (isLineStart && c is '>' or ' ');
            if (!char.IsWhiteSpace(c) && !isLineStart)
                line.Append(c);
            else if (line.Length > 0 && line[^1] != ' ')
                line.Append(' ');
        }
        if (line.Length > 0 && char.IsHighSurrogate(line[^1]))
            line.Length--;
        return line.ToString().TrimEnd() + (text.AsSpan(at).IsWhiteSpace() ? "" : "…");
    }

    private sealed record Found(int Start, int End, int Term);

    private sealed record Term(IReadOnlyList<string> Units, bool IsPrefix)
    {
        public static Term Of(Phrase phrase)
        {
            List<string> units = [];
            for (int at = 0; WordUnits.TryNext(phrase.Words, at, out WordUnit unit); at = unit.End)
                units.Add(WordUnits.Fold(phrase.Words.AsSpan(unit.Start, unit.End - unit.Start)));
            return new Term(units, phrase.IsPrefix);
        }

        /// <summary>Whether its units begin with <paramref name="unit"/>, one behind the other, and where they end.</summary>
        public bool IsAt(ReadOnlySpan<char> text, WordUnit unit, out int end)
        {
            int i = 0;
            do
            {
                end = unit.End;
                if (!WordUnits.IsSame(text[unit.Start..unit.End], Units[i], IsPrefix && i == Units.Count - 1))
                    return false;
            }
            while (++i < Units.Count && WordUnits.TryNext(text, end, out unit));
            return i == Units.Count;
        }
    }
}
