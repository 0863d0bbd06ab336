using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes.Search;

namespace Defms.EndToEnd.Tests.Cli;

public sealed class SearchTests
{
    [Fact]
    public async Task Search_has_the_fields_of_its_page()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            (string message, string thread) = await alice.SendAsync(bob.Address, "Plan", "--body", "Lunch on Friday?");
            await alice.SendAsync(bob.Address, "Other", "--body", "Supper on Friday?");

            JsonElement rows = await alice.JsonAsync("search", "friday", "-supper");

            JsonElement row = Assert.Single(rows.EnumerateArray());
            Assert.Equal(
                ["thread", "message", "branch", "subject", "from", "to", "date", "messages", "unread", "found_in_subject", "snippet", "found_in_snippet"],
                row.EnumerateObject().Select(property => property.Name));
            Assert.Equal((message, thread), (row.GetProperty("message").GetString(), row.GetProperty("thread").GetString()));
            Assert.Equal("Lunch on Friday?", row.GetProperty("snippet").GetString());
            Assert.Equal([9, 6], row.GetProperty("found_in_snippet")[0].EnumerateArray().Select(number => number.GetInt32()));
            Assert.Contains("Lunch on Friday?", (await alice.RunAsync("search", "plan", "--best", "--messages", "--limit", "5")).Expect(0).Text);
            Assert.Equal(1, (await alice.JsonAsync("threads", "body:supper", "OR", "from:nobody")).GetArrayLength());
            Assert.Equal(0, (await alice.JsonAsync("search", "breakfast")).GetArrayLength());
        }
    }

    [Theory]
    [InlineData("search", "lunch", "(friday")]
    [InlineData("threads", "is:new")]
    [InlineData("search", "lunch", "--limt")]
    [InlineData("search", "lunch", "--limit", "x")]
    [InlineData("search")]
    public async Task A_query_that_cannot_be_understood_is_wrong_usage(params string[] arguments)
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");

        Result result = (await alice.RunAsync(arguments)).Expect(2);

        Assert.NotEmpty(result.Errors);
        Assert.Empty(result.Octets);
    }

    [Theory]
    [InlineData("lunch (friday", 6, 1, "  lunch (friday\n        ^")]
    [InlineData("東京 is:new x", 6, 3, "  東京 is:new x\n          ^^^")]
    [InlineData("lunch OR", 8, 0, "  lunch OR\n          ^")]
    public void Carets_stand_under_the_place(string query, int position, int length, string lines) =>
        Assert.Equal("Wrong.\n" + lines, QueryPlace.Words(query, new QueryError("Wrong.", position, length)));

    [Fact]
    public void Of_a_long_query_the_part_around_the_place_is_shown()
    {
        string query = new string('a', 100) + " ( " + new string('b', 100);

        string[] lines = QueryPlace.Words(query, new QueryError("Wrong.", 101, 1)).Split('\n');

        Assert.Equal($"  …{new string('a', 29)} ( {new string('b', 29)}…", lines[1]);
        Assert.Equal(lines[1].IndexOf('(', StringComparison.Ordinal), lines[2].IndexOf('^', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a\n> b\n> c\nd", "a\n> b\n> c\nd")]
    [InlineData("> 1\n> 2\n> 3\n> 4\n> 5", "> 1\n> 2\n> 3\n> 4\n> 5")]
    [InlineData("> 1\n> 2\n> 3\n> 4\n> 5\n>> 6\nend\n", "> 1\n> 2\n> … 4 more quoted lines (--quotes shows all)\nend\n")]
    [InlineData("", "")]
    public void Long_quotations_are_folded(string text, string folded) => Assert.Equal(folded, FoldedQuotes.Of(text));
}
