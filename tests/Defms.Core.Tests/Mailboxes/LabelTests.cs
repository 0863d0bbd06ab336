using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Labels;
using Defms.Core.Mailboxes.Records;
using Defms.Core.Mailboxes.Search;
using Defms.Core.Storage;

namespace Defms.Core.Tests.Mailboxes;

public sealed class LabelTests : IDisposable
{
    private readonly Owner owner = new();

    public LabelTests()
    {
        owner.Import(Owner.Mail("1@x", subject: "Lunch"), Owner.Mail("2@x", "1@x", "Re: Lunch"), Owner.Mail("3@x", subject: "Supper"));
    }

    public void Dispose() => owner.Dispose();

    [Theory]
    [InlineData("label:work", "Lunch Supper")]
    [InlineData("label:WORK -label:\"to do\"", "Lunch")]
    [InlineData("label:\"to do\" OR label:none", "Supper")]
    [InlineData("lunch label:work", "Lunch")]
    [InlineData("-label:work", "")]
    [InlineData("label:none", "")]
    [InlineData("-label:work OR subject:supper", "Supper")]
    public void Mail_is_found_by_its_labels(string query, string expected)
    {
        Mark("Lunch", "Work");
        Mark("Supper", "work", "To do");
        IEnumerable<string> found = new MailSearch(owner.Store, TimeProvider.System).Conversations(query, unreadOnly: false, 10).Select(row => row.Row.Subject);
        Assert.Equal(expected, string.Join(' ', found.Order()));
    }

    [Theory]
    [InlineData("label:", 6, 0)]
    [InlineData("x label:-y", 8, 2)]
    public void What_is_no_label_is_pointed_out(string query, int position, int length)
    {
        Assert.False(QueryParser.TryParse(query, TimeProvider.System, out _, out QueryError? error));
        Assert.Equal((position, length), (error.Position, error.Length));
        Assert.StartsWith("label: takes a label.", error.Message);
    }

    [Fact]
    public void A_label_shows_as_it_was_first_written_and_is_counted_by_conversation_and_mail()
    {
        Assert.Equal(2, Mark("Lunch", "Work"));
        Assert.Equal(1, Mark("Supper", "WORK", "a"));
        Assert.Equal(0, Mark("Supper", "work"));
        Assert.Equal([new LabelCount("a", 1, 1), new LabelCount("Work", 2, 3)], owner.Mailbox.Labels());
        Assert.Equal(["a", "Work"], Conversation("Supper").Labels);
    }

    [Fact]
    public void One_message_of_a_conversation_may_have_a_label_alone()
    {
        ShownMessage first = owner.Mailbox.Show(Conversation("Lunch").Newest.Thread).Messages[0];
        Assert.Equal(1, owner.Mailbox.Mark(first.Row.Cid.ToString(), Labelling("work")));
        Assert.Equal([1, 0], owner.Mailbox.Show(Conversation("Lunch").Newest.Thread).Messages.Select(message => message.Labels.Count));
        Assert.Equal(["work"], Conversation("Lunch").Labels);
    }

    [Fact]
    public void Labels_that_became_records_come_back_with_an_index_made_anew_from_the_blocks()
    {
        Mark("Lunch", "Work");
        new RecordPublishing(owner.Store, owner.Identity, TimeProvider.System, RandomSource.System).Publish();
        using (var db = SqliteConnection.Open(Path.Combine(owner.Home.Folder, "store.db"), SqliteOpenMode.ReadWrite))
            db.ExecuteScript("DELETE FROM searched_texts; DELETE FROM searched; DELETE FROM message_labels; DELETE FROM messages");
        new Verification(owner.Store, owner.Identity.Did).Run(repair: true, (_, _) => { }, CancellationToken.None);
        Assert.Equal([new LabelCount("Work", 1, 2)], owner.Mailbox.Labels());
    }

    private int Mark(string subject, params string[] labels) => owner.Mailbox.Mark(Conversation(subject).Newest.Thread.ToString(), Labelling(labels));

    private ListedConversation Conversation(string subject) => owner.Conversations().Single(row => row.Row.Subject == subject);

    private static Marks Labelling(params string[] labels) => new(MessageFlags.None, MessageFlags.None)
    {
        Labels = [.. labels.Select(text => Label.TryParse(text, out Label? label, out string error) ? label : throw new ArgumentException(error, nameof(labels)))],
    };
}
