namespace Defms.Core.Mailboxes.Search;

/// <summary>What is wrong with a query.</summary>
/// <param name="Message">One sentence for the person.</param>
/// <param name="Position">Where in the query it is, in UTF-16 units.</param>
/// <param name="Length">How many of them are wrong; 0 where something is missing.</param>
public sealed record QueryError(string Message, int Position, int Length);

/// <summary>A query that cannot be understood, with the place.</summary>
public sealed class QueryException : Exception
{
    public QueryException(string query, QueryError error)
        : base(Words(query, error)) => (Query, Error) = (query, error);

    public string Query { get; }

    public QueryError Error { get; }

    /// <summary>The sentence, and under it a part of the query with carets under the place.</summary>
    private static string Words(string query, QueryError error)
    {
        const int around = 30;
        int start = Math.Max(0, error.Position - around);
        int end = Math.Min(query.Length, error.Position + Math.Max(1, error.Length) + around);
        string shown = string.Concat(query[start..end].Select(c => char.IsControl(c) ? ' ' : c));
        string lead = start > 0 ? "…" : "";
        int marked = Math.Clamp(error.Length, 1, Math.Max(1, end - error.Position));
        // Beyond characters of two columns the carets need as many.
        int indent = Columns(shown.AsSpan(0, error.Position - start)) + lead.Length;
        int carets = Math.Max(1, Columns(query.AsSpan(error.Position, Math.Min(marked, query.Length - error.Position))));
        return $"{error.Message}\n  {lead}{shown}{(end < query.Length ? "…" : "")}\n  {new string(' ', indent)}{new string('^', carets)}";
    }

    private static int Columns(ReadOnlySpan<char> text)
    {
        int columns = 0;
        for (int i = 0; i < text.Length;)
        {
            int point = Letters.PointAt(text, i, out int length);
            columns += Letters.IsWide(point) ? 2 : Letters.KindOf(point) == LetterKind.Invisible ? 0 : 1;
            i += length;
        }
        return columns;
    }
}
