using System.Buffers;
using System.Globalization;

namespace Defms.Gateway.Authentication.Spf;

/// <summary>One piece of a macro-string: literal text, or a macro when <see cref="Letter"/> is not NUL (RFC 7208, 7.1).</summary>
/// <param name="Literal">Text as it stands, %% and the like resolved.</param>
/// <param name="Letter">In lower case.</param>
/// <param name="Escaped">The letter was upper case: the value is URL-escaped.</param>
/// <param name="Keep">How many right-hand parts stay; 0 for all.</param>
internal readonly record struct SpfPiece(string Literal, char Letter = '\0', bool Escaped = false, int Keep = 0, bool Reversed = false, string Delimiters = ".");

/// <summary>A macro-string, checked and cut into pieces; expanding needs the evaluation (<see cref="SpfMacroValues"/>).</summary>
internal sealed class SpfMacro
{
    private const string DomainLetters = "slodiphv";
    private const string ExplanationLetters = "crt";

    private static readonly SearchValues<char> Delimiters = SearchValues.Create(".-+,/_=");

    private SpfMacro(IReadOnlyList<SpfPiece> pieces) => Pieces = pieces;

    public IReadOnlyList<SpfPiece> Pieces { get; }

    private bool EndsInExpansion { get; set; }

    /// <summary>Any macro-string. The letters c, r and t are for explanations only.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, bool explanation, out SpfMacro macro)
    {
        var pieces = new List<SpfPiece>();
        macro = new SpfMacro(pieces);
        while (!text.IsEmpty)
        {
            int percent = text.IndexOf('%');
            ReadOnlySpan<char> literal = percent < 0 ? text : text[..percent];
            if (literal.IndexOfAnyExceptInRange(explanation ? ' ' : '!', '~') >= 0)
                return false;
            if (!literal.IsEmpty)
                pieces.Add(new SpfPiece(literal.ToString()));
            macro.EndsInExpansion = percent >= 0;
            text = text[literal.Length..];
            if (!text.IsEmpty && !TryPercent(ref text, explanation, pieces))
                return false;
        }

        return true;
    }

    /// <summary>A domain-spec: not empty, and its end is a macro or a top label that is not all digits, behind a dot (RFC 7208, 7.1).</summary>
    public static bool TryParseDomain(ReadOnlySpan<char> text, out SpfMacro macro) =>
        TryParse(text, explanation: false, out macro) && macro.Pieces.Count > 0 && (macro.EndsInExpansion || EndsInTopLabel(text));

    private static bool EndsInTopLabel(ReadOnlySpan<char> text)
    {
        if (text[^1] == '.')
            text = text[..^1];
        int dot = text.LastIndexOf('.');
        ReadOnlySpan<char> label = text[(dot + 1)..];
        if (dot < 0 || label.IsEmpty || label[0] == '-' || label[^1] == '-')
            return false;
        bool onlyDigits = true;
        foreach (char c in label)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                return false;
            onlyDigits &= char.IsAsciiDigit(c);
        }

        return !onlyDigits;
    }

    private static bool TryPercent(ref ReadOnlySpan<char> text, bool explanation, List<SpfPiece> pieces)
    {
        string? literal = text.Length < 2 ? null : text[1] switch { '%' => "%", '_' => " ", '-' => "%20", _ => null };
        if (literal is not null)
        {
            pieces.Add(new SpfPiece(literal));
            text = text[2..];
            return true;
        }

        int close = text.IndexOf('}');
        if (close < 3 || text[1] != '{' || !TryExpression(text[2..close], explanation, out SpfPiece piece))
            return false;
        pieces.Add(piece);
        text = text[(close + 1)..];
        return true;
    }

    private static bool TryExpression(ReadOnlySpan<char> text, bool explanation, out SpfPiece piece)
    {
        piece = default;
        char letter = char.ToLowerInvariant(text[0]);
        if (!DomainLetters.Contains(letter) && !(explanation && ExplanationLetters.Contains(letter)))
            return false;
        int i = 1;
        while (i < text.Length && char.IsAsciiDigit(text[i]))
            i++;
        int keep = 0;
        if (i > 1 && (!int.TryParse(text[1..i], NumberStyles.None, CultureInfo.InvariantCulture, out keep) || keep == 0))
            return false;
        bool reversed = i < text.Length && text[i] is 'r' or 'R';
        ReadOnlySpan<char> delimiters = text[(reversed ? i + 1 : i)..];
        if (delimiters.ContainsAnyExcept(Delimiters))
            return false;
        piece = new SpfPiece("", letter, char.IsAsciiLetterUpper(text[0]), keep, reversed, delimiters.IsEmpty ? "." : delimiters.ToString());
        return true;
    }
}
