using Defms.Core.Mailboxes.Search;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Mailboxes.Search;

public sealed class QueryErrorTests
{
    /// <summary>A caret under the first wrong character of each.</summary>
    [Theory]
    [InlineData("""lunch (friday OR monday""", """      ^""", "never closed")]
    [InlineData("""lunch) friday""", """     ^""", "never opened")]
    [InlineData("""lunch "on friday""", """      ^""", "never closed")]
    [InlineData("""lunch OR""", """        ^""", "both sides")]
    [InlineData("""OR lunch""", """^""", "both sides")]
    [InlineData("""lunch OR OR friday""", """         ^""", "both sides")]
    [InlineData("""(lunch OR)""", """         ^""", "both sides")]
    [InlineData("""lunch NOT""", """      ^""", "behind it")]
    [InlineData("""lunch NOT OR friday""", """      ^""", "behind it")]
    [InlineData("""(lunch NOT) friday""", """       ^""", "behind it")]
    [InlineData("""lunch ()""", """      ^""", "nothing in these")]
    [InlineData("""is:new""", """   ^""", "unread")]
    [InlineData("""lunch has:money""", """          ^""", "attachment")]
    [InlineData("""before:tomorrowish""", """       ^""", "yesterday")]
    [InlineData("""date:2024-02-30""", """     ^""", "2024-03-31")]
    [InlineData("""date:2024..2023""", """     ^""", "before it begins")]
    [InlineData("""date:..""", """     ^""", "A..B")]
    [InlineData("""after:9999y""", """      ^""", "3d")]
    [InlineData("""after:""", """      ^""", "3d")]
    [InlineData("""subject:!!! lunch""", """^""", "no letter or digit")]
    [InlineData("""lunch "..." """, """      ^""", "no letter or digit")]
    [InlineData("""!!!""", """^""", "no letter or digit")]
    [InlineData("""lunch sbject:friday""", """      ^""", "'subject:'")]
    [InlineData("""form:bob""", """^""", "'from:'")]
    [InlineData("""is:(read)""", """   ^""", "unread")]
    public void An_error_points_at_its_place(string query, string caret, string word)
    {
        Assert.False(QueryParser.TryParse(query, SearchedMail.Time, out _, out QueryError? error));
        Assert.Equal(caret.Length - 1, error.Position);
        Assert.Contains(word, error.Message);
        Assert.InRange(error.Position + error.Length, 0, query.Length);
    }

    [Fact]
    public void A_thread_that_is_not_here_is_an_error_of_the_query()
    {
        using var mails = new SearchedMail();
        QueryException e = Assert.Throws<QueryException>(() => mails.Found("lunch -thread:abcd"));
        Assert.Equal(14, e.Error.Position);
        Assert.Equal(4, e.Error.Length);
    }

    [Fact]
    public void Queries_are_bounded()
    {
        AssertRefused(new string('a', QueryParser.MaxLength + 1), "at most");
        AssertRefused(string.Concat(Enumerable.Repeat("a ", QueryParser.MaxTerms + 1)), "terms");
        AssertRefused(new string('(', QueryParser.MaxDepth + 1) + "a", "deep");
        AssertRefused(new string('(', QueryParser.MaxLength), "deep");
    }

    [Fact]
    public void The_largest_queries_that_are_taken_are_answered()
    {
        using SearchedMail mails = PlainMails.Open();
        string nested = string.Concat(Enumerable.Repeat("(lunch OR (friday -(", 4)) + "report" + new string(')', 12);
        Assert.NotNull(mails.Found(nested));
        Assert.Equal("c", mails.Found(new string('(', QueryParser.MaxDepth) + "lunch friday -patch -words" + new string(')', QueryParser.MaxDepth)));
        Assert.NotEqual("", mails.Found(string.Join(" OR ", Enumerable.Range(0, QueryParser.MaxTerms - 1).Select(i => $"w{i}")) + " OR lunch"));
        Assert.NotEqual("", mails.Found(string.Concat(Enumerable.Repeat("-is:own ", QueryParser.MaxTerms))));
    }

    [Theory]
    [InlineData("\"a\"\"b\"")]
    [InlineData("lunch\" OR 1=1")]
    [InlineData("'; DROP TABLE search; --")]
    [InlineData("lunch\0friday")]
    [InlineData("{subject} : lunch")]
    [InlineData("subject : lunch")]
    [InlineData("NEAR(lunch friday, 3)")]
    [InlineData("^lunch + friday")]
    [InlineData("rank:lunch")]
    [InlineData("search MATCH lunch")]
    [InlineData("%s%n")]
    [InlineData("\uD800lunch\uDC00")]
    [InlineData("*lunch*")]
    public void Nothing_that_a_person_writes_reaches_the_index_as_syntax(string query)
    {
        using SearchedMail mails = PlainMails.Open();
        try
        {
            mails.Found(query);
        }
        catch (QueryException e)
        {
            Assert.InRange(e.Error.Position, 0, query.Length);
        }
    }

    [Fact]
    public void Any_text_gives_a_result_or_a_place()
    {
        using SearchedMail mails = PlainMails.Open();
        string[] pieces =
        [
            "lunch", "report*", "\"", "(", ")", "-", "OR", "AND", "NOT", "from:", "is:read", "date:", "2024", "..", "3d", "*", " ", " ", " ", ":", "東京", "é", "\uD83D",
            "thread:", "subject:(", "has:attachment", "'", "\\", "\0", "^", "{", "}", "+", ",", "“", "ก", "\u0301", "\u202E",
        ];
        Property.Holds(1500, random =>
        {
            string query = string.Concat(Enumerable.Range(0, random.Below(14)).Select(_ => random.Pick(pieces)));
            try
            {
                mails.Found(query);
            }
            catch (QueryException e)
            {
                Assert.InRange(e.Error.Position, 0, query.Length);
                Assert.InRange(e.Error.Position + e.Error.Length, 0, query.Length);
            }
        });
    }

    private static void AssertRefused(string query, string word)
    {
        Assert.False(QueryParser.TryParse(query, SearchedMail.Time, out _, out QueryError? error));
        Assert.Contains(word, error.Message);
    }
}
