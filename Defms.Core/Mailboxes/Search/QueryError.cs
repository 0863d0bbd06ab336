namespace Defms.Core.Mailboxes.Search;

/// <summary>What is wrong with a query.</summary>
/// <param name="Message">One sentence for the person.</param>
/// <param name="Position">Where in the query it is, in UTF-16 units.</param>
/// <param name="Length">How many of them are wrong; 0 where something is missing.</param>
public sealed record QueryError(string Message, int Position, int Length);

/// <summary>A query that cannot be understood, with the place.</summary>
public sealed class QueryException(string query, QueryError error) : Exception(error.Message)
{
    public string Query { get; } = query;

    public QueryError Error { get; } = error;
}
