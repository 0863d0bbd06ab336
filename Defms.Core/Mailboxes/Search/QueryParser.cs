using System.Diagnostics.CodeAnalysis;
using Defms.Core.Mailboxes.Labels;

namespace Defms.Core.Mailboxes.Search;

/// <summary>
/// Reads the query language (docs/guide/finding.md): words, "phrases", prefix*, field:value, -not, OR and parentheses; what stands side by side
/// must all hold. Any text gives a tree or an error with its place.
/// </summary>
public sealed class QueryParser
{
    /// <summary>In UTF-16 units; a person writes less, a script that needs more has another question.</summary>
    public const int MaxLength = 2_000;

    /// <summary>Words, phrases and fields in one query.</summary>
    public const int MaxTerms = 100;

    /// <summary>Parentheses in parentheses; SQLite's reader of full-text queries ends between 20 and 40.</summary>
    public const int MaxDepth = 12;

    private const string Quotes = "\"“”„";

    private readonly string query;
    private readonly QueryDates dates;
    private readonly Stack<QueryGroup> outer = new();
    private QueryGroup group = new(SearchField.Any, 0, IsNegated: false);
    private QueryError? error;
    private int position;
    private int terms;

    /// <summary>Where the NOT stands that waits for its term.</summary>
    private int? negatedAt;

    private QueryParser(string query, TimeProvider time)
    {
        this.query = query;
        dates = new QueryDates(time);
    }

    /// <summary>Reads a query. An empty one means every message.</summary>
    /// <param name="time">Says which day is today, and where midnight is.</param>
    public static bool TryParse(string query, TimeProvider time, [NotNullWhen(true)] out SearchNode? node, [NotNullWhen(false)] out QueryError? error)
    {
        var parser = new QueryParser(query, time);
        node = parser.Read();
        error = parser.error;
        return node is not null;
    }

    private SearchNode? Read()
    {
        if (query.Length > MaxLength)
            Fail($"The query has {query.Length} characters; at most {MaxLength} are read.", MaxLength, 0);
        while (error is null && SkipSpace())
            ReadOne();
        if (error is null && outer.Count > 0)
            Fail("This parenthesis is never closed.", group.Position, 1);
        if (error is null && negatedAt is not null)
            FailNegation();
        if (error is null && group.AwaitsAlternative)
            FailAlternative(query.Length, 0);
        bool isOnlyMarks = group.IsEmpty && query.AsSpan().ContainsAnyExcept(" \t\r\n*");
        if (error is null && isOnlyMarks)
            Fail("There is no letter or digit in this to search for.", 0, query.Length);
        return error is null ? group.ToNode() : null;
    }

    private void ReadOne()
    {
        int start = position;
        bool isNegated = negatedAt is not null;
        while (position + 1 < query.Length && query[position] == '-' && !char.IsWhiteSpace(query[position + 1]))
        {
            isNegated = !isNegated;
            position++;
        }
        char next = query[position];
        if (next == '(')
            Open(group.Field, isNegated);
        else if (next == ')')
            Close();
        else if (Quotes.Contains(next))
            ReadPhrase(group.Field, isNegated);
        else
            ReadWord(start, isNegated);
    }

    private void ReadWord(int start, bool isNegated)
    {
        int from = position;
        string word = TakeWord();
        int colon = word.IndexOf(':', StringComparison.Ordinal);
        if (start == from && word is "OR" or "AND" or "NOT")
            ReadOperator(word, from);
        else if (colon > 0 && QueryFields.IsKnown(word[..colon]))
        {
            position = from + colon + 1;
            ReadField(word[..colon], from, isNegated);
        }
        else if (colon > 0 && colon < word.Length - 1 && QueryFields.Nearest(word[..colon]) is { } nearest)
            Fail($"There is no field '{word[..colon]}:'. Did you mean '{nearest}:'? In quotes it is searched for as words.", from, colon + 1);
        else
            AddWords(group.Field, word, from, isNegated, isExplicit: false);
    }

    private void ReadOperator(string word, int at)
    {
        if (word == "NOT")
            negatedAt = negatedAt is null ? at : null;
        else if (negatedAt is not null)
            FailNegation();
        else if (word == "OR" && !group.TryStartAlternative())
            FailAlternative(at, word.Length);
    }

    private void ReadField(string name, int from, bool isNegated)
    {
        char next = position < query.Length ? query[position] : ' ';
        if (QueryFields.OfWords(name) is { } field)
        {
            if (next == '(')
                Open(field, isNegated);
            else if (Quotes.Contains(next))
                ReadPhrase(field, isNegated);
            else
                AddWords(field, TakeWord(), from, isNegated, isExplicit: true);
            return;
        }
        int start = position;
        string value = Quotes.Contains(next) ? TakePhrase() : TakeWord();
        if (error is null && ReadValue(name.ToLowerInvariant(), value, start) is { } node)
            Add(node, isNegated, from);
    }

    private SearchNode? ReadValue(string name, string value, int start)
    {
        if (name == "thread" && value.Length > 0)
            return new InThread(value, start);
        if (name == "label")
            return Label.TryParse(value, out Label? label, out string fault) ? new HasLabel(label.Key) : Fail($"label: takes a label. {fault}", start, value.Length);
        SearchNode? node = name switch
        {
            "date" => dates.Range(value),
            "after" => dates.After(value),
            "before" => dates.Before(value),
            _ => QueryFields.State(name, value) is { } state ? new HasState(state) : null,
        };
        if (node is Dated { From: var from, Until: var until } && from >= until)
            return Fail("The range ends before it begins.", start, value.Length);
        return node ?? Fail(name switch
        {
            "is" => "is: takes unread, read, flagged, answered or own.",
            "has" => "has: takes attachment.",
            "thread" => "thread: takes the name of a thread, as 'defms threads' shows them.",
            "date" => $"date: takes {QueryDates.Forms}, and two of them as A..B.",
            _ => $"{name}: takes {QueryDates.Forms}.",
        }, start, value.Length);
    }

    private void ReadPhrase(SearchField field, bool isNegated)
    {
        int from = position;
        string words = TakePhrase();
        if (error is null)
            AddWords(field, words, from, isNegated, isExplicit: true);
    }

    /// <summary>Words of a field or in quotes must be there; a lone dash or ampersand among others is no mistake.</summary>
    private void AddWords(SearchField field, string words, int from, bool isNegated, bool isExplicit)
    {
        bool isPrefix = words.EndsWith('*');
        if (position < query.Length && query[position] == '*')
        {
            isPrefix = true;
            position++;
        }
        if (WordUnits.Any(words))
            Add(new Phrase(field, words, isPrefix), isNegated, from);
        else if (isExplicit)
            Fail("There is no letter or digit in this to search for.", from, Math.Max(1, position - from));
    }

    private void Add(SearchNode node, bool isNegated, int from)
    {
        if (++terms > MaxTerms)
            Fail($"The query has more than {MaxTerms} terms.", from, 0);
        else
            group.Add(isNegated ? new NoneOf(node) : node);
        negatedAt = null;
    }

    private void Open(SearchField field, bool isNegated)
    {
        if (outer.Count == MaxDepth)
        {
            Fail($"Parentheses go at most {MaxDepth} deep.", position, 1);
            return;
        }
        outer.Push(group);
        group = new QueryGroup(field, position, isNegated);
        negatedAt = null;
        position++;
    }

    private void Close()
    {
        if (outer.Count == 0)
            Fail("This parenthesis was never opened.", position, 1);
        else if (negatedAt is not null)
            FailNegation();
        else if (group.AwaitsAlternative)
            FailAlternative(position, 1);
        else if (group.IsEmpty)
            Fail("There is nothing in these parentheses to search for.", group.Position, position + 1 - group.Position);
        else
        {
            SearchNode node = group.ToNode();
            bool isNegated = group.IsNegated;
            group = outer.Pop();
            group.Add(isNegated ? new NoneOf(node) : node);
            position++;
        }
    }

    private string TakePhrase()
    {
        int from = position++;
        int end = query.AsSpan(position).IndexOfAny(Quotes);
        if (end < 0)
        {
            Fail("This quotation mark is never closed.", from, 1);
            return "";
        }
        string words = query.Substring(position, end);
        position += end + 1;
        return words;
    }

    private string TakeWord()
    {
        int start = position;
        while (position < query.Length && !char.IsWhiteSpace(query[position]) && query[position] is not ('(' or ')') && !Quotes.Contains(query[position]))
            position++;
        return query[start..position];
    }

    private bool SkipSpace()
    {
        while (position < query.Length && char.IsWhiteSpace(query[position]))
            position++;
        return position < query.Length;
    }

    private void FailNegation() => Fail("NOT needs something behind it.", negatedAt!.Value, 3);

    private void FailAlternative(int at, int length) => Fail("OR needs something on both sides.", at, length);

    private SearchNode? Fail(string message, int at, int length)
    {
        error ??= new QueryError(message, at, length);
        return null;
    }
}
