using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Defms.Core.Mailboxes.Labels;

/// <summary>A word that the person puts on mail. Two are the same where their keys are; letter case does not count.</summary>
public sealed record Label
{
    /// <summary>In characters (code points): a label is read in a row of a list.</summary>
    public const int MaxLength = 64;

    private const string Quotes = "\"“”„";

    private Label(string text)
    {
        Text = text;
        Key = KeyOf(text);
    }

    /// <summary>As it was first written, in Unicode's normalization form C (<see cref="ComposedText"/>).</summary>
    public string Text { get; }

    /// <summary>What it is compared by: of every character the lower case of its upper case, where each is one character; ı, ſ and İ stay.</summary>
    public string Key { get; }

    /// <summary>Reads what a person or another machine of his wrote; blanks at both ends do not count.</summary>
    /// <param name="error">What is wrong, as a sentence.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out Label? label, out string error)
    {
        // What is composed has at most a few parts a character.
        string composed = text.Length > MaxLength * 16 ? text : ComposedText.Of(text.Trim(' '));
        error = Fault(composed);
        label = error.Length == 0 ? new Label(composed) : null;
        return label is not null;
    }

    /// <summary>Labels of several messages, each once, in the order of their keys.</summary>
    public static IReadOnlyList<string> Once(IEnumerable<string> labels) => [.. labels.Order(StringComparer.Ordinal).DistinctBy(KeyOf).OrderBy(KeyOf, StringComparer.Ordinal)];

    public override string ToString() => Text;

    private static string Fault(string text)
    {
        int count = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            count++;
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator || rune == Rune.ReplacementChar)
                return "A label has no control characters, line ends, or characters that cannot be read.";
        }
        return count == 0 ? "A label has at least one character."
            : count > MaxLength ? $"A label has at most {MaxLength} characters; this has {count}."
            : text[0] == '-' ? "A label does not begin with '-'."
            : text.AsSpan().ContainsAny(Quotes) ? "A label has no quotation marks: a search puts them around it."
            : "";
    }

    private static string KeyOf(string text) => text.ToUpperInvariant().ToLowerInvariant();
}
