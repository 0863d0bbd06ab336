using Defms.Core.Mailboxes.Search;

namespace Defms.Cli.Rendering;

/// <summary>Shows where a query is wrong: the part around the place, and carets under it.</summary>
internal static class QueryPlace
{
    /// <summary>How much of a long query is shown on each side, in characters.</summary>
    private const int Around = 30;

    /// <summary>Runs a search.</summary>
    /// <exception cref="CommandException">The query cannot be understood; the message says where.</exception>
    public static T Told<T>(Func<T> search)
    {
        try
        {
            return search();
        }
        catch (QueryException e)
        {
            throw new CommandException(Words(e.Query, e.Error), ExitCode.Usage);
        }
    }

    internal static string Words(string query, QueryError error)
    {
        int position = Math.Min(error.Position, query.Length);
        int end = Math.Min(query.Length, position + Math.Max(1, error.Length));
        int first = Whole(query, Math.Max(0, position - Around));
        int last = Whole(query, Math.Min(query.Length, end + Around));
        string before = (first > 0 ? "…" : "") + VisibleText.Line(query[first..position]);
        string wrong = VisibleText.Line(query[position..end]);
        string after = VisibleText.Line(query[end..last]) + (last < query.Length ? "…" : "");
        string carets = new('^', Math.Max(1, TextWidth.Of(wrong)));
        return $"{error.Message}\n  {before}{wrong}{after}\n  {new string(' ', TextWidth.Of(before))}{carets}";
    }

    /// <summary>Never between the halves of a surrogate pair.</summary>
    private static int Whole(string query, int at) => at > 0 && at < query.Length && char.IsLowSurrogate(query[at]) ? at - 1 : at;
}
