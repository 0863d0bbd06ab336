using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Search;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mailboxes.Search;

public sealed class FindingTests : IDisposable
{
    private readonly SearchedMail mails = new();

    public void Dispose() => mails.Dispose();

    [Fact]
    public void The_newest_comes_first_whatever_the_order_of_arrival()
    {
        foreach (int i in new[] { 3, 1, 4, 0, 2, 5 })
            mails.Add($"m{i}", $"2024-01-0{i + 1}T00:00:00Z", Text($"lunch number {i}"));

        Assert.Equal("m5 m4 m3 m2 m1 m0", mails.InOrder(new SearchQuestion("lunch")));
        Assert.Equal("m5 m4", mails.InOrder(new SearchQuestion("lunch") { Limit = 2 }));
        Assert.Equal("m5 m4", mails.InOrder(new SearchQuestion("") { Limit = 2 }));
    }

    [Fact]
    public void A_subject_weighs_more_than_a_text()
    {
        mails.Add("subject", "2024-01-01T00:00:00Z", Text("Something else of about the same length.", "lunch"));
        mails.Add("text", "2024-01-02T00:00:00Z", Text("There was some lunch in between other words.", "none"));
        mails.Add("other", "2024-01-03T00:00:00Z", Text("nothing"));

        Assert.Equal("subject text", mails.InOrder(new SearchQuestion("lunch") { ByRelevance = true }));
        Assert.Equal("text subject", mails.InOrder(new SearchQuestion("lunch")));
    }

    [Fact]
    public void A_conversation_shows_once_with_its_newest_message_that_fits()
    {
        mails.Add("a", "2024-01-01T00:00:00Z", Text("lunch one"), "talk");
        mails.Add("b", "2024-01-02T00:00:00Z", Text("lunch two"), "talk");
        mails.Add("c", "2024-01-03T00:00:00Z", Text("supper"), "talk");
        mails.Add("d", "2023-01-01T00:00:00Z", Text("lunch three"));

        IReadOnlyList<SearchResult> found = mails.Search.Find(new SearchQuestion("lunch"));
        Assert.Equal(["b", "d"], found.Select(mails.Name));
        Assert.Equal([3, 1], found.Select(result => result.Conversation.Row.Messages));
        Assert.Equal("b a d", mails.InOrder(new SearchQuestion("lunch") { PerMessage = true }));
        Assert.Equal([3, 1], mails.Search.Conversations("lunch", unreadOnly: false, 10).Select(row => row.Row.Messages));
    }

    [Fact]
    public void Mails_of_one_second_keep_the_order_of_their_arrival()
    {
        for (int i = 0; i < 30; i++)
            mails.Add($"m{i:00}", "2024-01-01T00:00:00Z", Text($"lunch {i}"));
        mails.Add("later", "2024-01-01T00:00:01Z", Text("lunch, later"));
        mails.Add("older", "2023-12-31T23:59:59Z", Text("lunch, older"));

        Assert.StartsWith("later m29 m28", mails.InOrder(new SearchQuestion("lunch")));
        Assert.EndsWith(" m00 older", mails.InOrder(new SearchQuestion("lunch")));
    }

    [Theory]
    [InlineData("1969-06-01T00:00:00Z", "date:1969")]
    [InlineData("1970-01-01T00:00:00Z", "date:1970")]
    [InlineData("2999-06-01T00:00:00Z", "after:2998")]
    public void Odd_dates_are_found_by_date(string date, string query)
    {
        mails.Add("odd", "2024-01-01T00:00:00Z", $"Date: {DateTimeOffset.Parse(date, System.Globalization.CultureInfo.InvariantCulture):r}\n\nlunch\n");
        Cid name = mails.Search.Find(new SearchQuestion("lunch"))[0].Message.Cid;
        mails.Store.Write(tables =>
        {
            MessageRow row = tables.Messages.Find(name)!;
            tables.Search.Clear();
            long moment = DateTimeOffset.Parse(date, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
            tables.Messages.Update(row with { Date = moment });
            tables.Search.Add(row.Id, moment, SearchText.Of(MailMessage.Parse("\n\nlunch\n"u8.ToArray())));
            return true;
        });

        Assert.Equal("odd", mails.Found(query + " lunch"));
        Assert.Equal("", mails.Found("date:2001..2020 lunch"));
    }

    [Fact]
    public void What_is_deleted_is_not_found()
    {
        Cid name = mails.Add("a", "2024-01-01T00:00:00Z", Text("lunch"));
        new Mailbox(mails.Store, mails.Self).Mark(name.ToString(), MessageFlags.Deleted, MessageFlags.None);

        Assert.Equal("", mails.Found("lunch"));
        Assert.Equal("", mails.Found(""));
    }

    [Fact]
    public void A_mail_taken_out_leaves_no_words_behind()
    {
        string octets = Text("lunch 東京", "Überraschung");
        Cid name = mails.Add("a", "2024-01-01T00:00:00Z", octets);
        mails.Add("b", "2024-01-02T00:00:00Z", Text("supper"));

        bool isRemoved = mails.Store.Write(tables => tables.Search.Remove(
            tables.Messages.Find(name)!.Id, SearchText.Of(MailMessage.Parse(System.Text.Encoding.UTF8.GetBytes(octets)))));

        Assert.True(isRemoved);
        Assert.Equal("b", mails.Found(""));
        Assert.Equal("", mails.Found("lunch OR 東京 OR überraschung OR 東"));
        Assert.Equal("b", mails.Found("supper"));
    }

    [Fact]
    public void Repair_fills_the_index_again_from_the_blocks()
    {
        for (int i = 0; i < 5; i++)
            mails.Add($"m{i}", $"2024-01-0{i + 1}T00:00:00Z", Text($"lunch {i} 東京"));
        string before = mails.InOrder(new SearchQuestion("lunch 東京"));
        mails.Store.Write(tables =>
        {
            tables.Search.Clear();
            return true;
        });
        Assert.Equal("", mails.Found("lunch"));

        VerificationReport look = new Verification(mails.Store, mails.Self).Run(repair: false, (_, _) => { }, CancellationToken.None);
        Assert.Equal(5, look.Faults.Count(fault => fault.Contains("full-text")));
        VerificationReport repaired = new Verification(mails.Store, mails.Self).Run(repair: true, (_, _) => { }, CancellationToken.None);
        Assert.Contains("The full-text index knew 0 messages of 5.", repaired.Faults);
        Assert.Equal(before, mails.InOrder(new SearchQuestion("lunch 東京")));
        Assert.DoesNotContain(
            new Verification(mails.Store, mails.Self).Run(repair: false, (_, _) => { }, CancellationToken.None).Faults, fault => fault.Contains("full-text"));
    }

    [Fact]
    public void A_snippet_shows_where_the_words_stand_close_together()
    {
        string filler = string.Join(' ', Enumerable.Repeat("and so on", 60));
        mails.Add("a", "2024-01-01T00:00:00Z", Text($"> lunch quoted\nA word of lunch.\n{filler}\nThe lunch is\non friday.\n{filler}"));

        MarkedText snippet = Assert.Single(mails.Search.Find(new SearchQuestion("lunch friday"))).Snippet;

        Assert.Contains("The lunch is on friday.", snippet.Text);
        Assert.Equal(["lunch", "friday"], snippet.Marks.Select(mark => snippet.Text.Substring(mark.Start, mark.Length)));
        Assert.InRange(snippet.Text.Length, 100, 220);
    }

    [Fact]
    public void A_snippet_marks_what_is_asked_of_the_text_only()
    {
        mails.Add("a", "2024-01-01T00:00:00Z", Text("lunch with bruno and dora", "lunch for all"));

        SearchResult found = Assert.Single(mails.Search.Find(new SearchQuestion("subject:lunch bru* -supper")));

        Assert.Equal(["bruno"], found.Snippet.Marks.Select(mark => found.Snippet.Text.Substring(mark.Start, mark.Length)));
        Assert.Equal(["lunch"], found.Subject.Marks.Select(mark => found.Subject.Text.Substring(mark.Start, mark.Length)));
    }

    [Fact]
    public void A_snippet_is_taken_from_far_down_a_long_mail()
    {
        mails.Add("a", "2024-01-01T00:00:00Z", Text(string.Join('\n', Enumerable.Repeat("so much to say before", 500)) + "\nat last lunch"));

        MarkedText snippet = Assert.Single(mails.Search.Find(new SearchQuestion("lunch"))).Snippet;

        Assert.EndsWith("at last lunch", snippet.Text);
        Assert.Single(snippet.Marks);
    }

    [Fact]
    public void Html_is_found_as_a_reader_sees_it()
    {
        mails.Add("a", "2024-01-01T00:00:00Z", "Subject: x\nContent-Type: text/html; charset=utf-8\n\n<style>.hid{color:red}</style><p>Dear <b>lun</b>ch&nbsp;guest<script>evil()</script></p>");

        Assert.Equal("a", mails.Found("\"lunch guest\""));
        Assert.Equal("", mails.Found("evil OR color OR style OR nbsp"));
    }

    [Fact]
    public void All_text_parts_and_mails_inside_are_found()
    {
        mails.Add("a", "2024-01-01T00:00:00Z", """
            Subject: x
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: text/plain

            outer
            --b
            Content-Type: text/csv; name="numbers.csv"
            Content-Disposition: attachment; filename="numbers.csv"

            apples,pears
            --b
            Content-Type: message/rfc822

            Subject: forwarded words
            From: x@example.org

            inner text
            --b
            Content-Type: application/octet-stream; name="photo.raw"
            Content-Transfer-Encoding: base64

            c2VjcmV0c2VjcmV0c2VjcmV0
            --b--
            """);

        foreach (string query in new[] { "outer", "apples", "forwarded", "\"inner text\"", "attachment:numbers.csv", "attachment:photo" })
            Assert.Equal((query, "a"), (query, mails.Found(query)));
        Assert.Equal("", mails.Found("secretsecretsecret OR c2VjcmV0c2VjcmV0c2VjcmV0"));
    }

    [Fact]
    public void Lines_of_encoded_octets_are_no_words()
    {
        string line = string.Concat(Enumerable.Repeat("QUJD", 19));
        mails.Add("a", "2024-01-01T00:00:00Z", Text($"before\n{line}\n{line}\nbehind https://example.org/{new string('x', 70)}"));

        Assert.Equal("", mails.Found("QUJD*"));
        Assert.Equal("a", mails.Found("before behind xxx*"));
    }

    private static string Text(string text, string subject = "none") =>
        $"From: Ada Keller <ada@example.org>\nTo: me@example.org\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n";
}
