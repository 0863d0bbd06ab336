using System.Globalization;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Search;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Mailboxes.Search;

/// <summary>What queries find in a small mailbox, beside what plain code says that they mean.</summary>
public sealed class QueryTests : IDisposable
{
    private const MessageFlags Seen = MessageFlags.Read | MessageFlags.Own;

    private static readonly (string Query, Func<PlainMail, bool> Means)[] Table =
    [
        ("report", mail => mail.Has("report")),
        ("REPORT", mail => mail.Has("report")),
        ("quarterly report", mail => mail.Has("quarterly") && mail.Has("report")),
        ("\"quarterly report\"", mail => mail.Has("quarterly report")),
        ("“quarterly report”", mail => mail.Has("quarterly report")),
        ("\"report quarterly\"", mail => mail.Has("report quarterly")),
        ("report*", mail => mail.Has("report", isPrefix: true)),
        ("\"quarterly rep\"*", mail => mail.Has("quarterly rep", isPrefix: true)),
        ("\"quarterly rep*\"", mail => mail.Has("quarterly rep", isPrefix: true)),
        ("from:bruno", mail => PlainMail.Has(mail.From, "bruno")),
        ("from:bruno@costa.example", mail => PlainMail.Has(mail.From, "bruno costa example")),
        ("from:\"Ada Keller\"", mail => PlainMail.Has(mail.From, "ada keller")),
        ("from:(ada OR dora)", mail => PlainMail.Has(mail.From, "ada") || PlainMail.Has(mail.From, "dora")),
        ("from:(costa bruno)", mail => PlainMail.Has(mail.From, "bruno") && PlainMail.Has(mail.From, "costa")),
        ("to:bruno", mail => PlainMail.Has(mail.To, "bruno")),
        ("cc:chloe", mail => PlainMail.Has(mail.Cc, "chloe")),
        ("subject:report", mail => PlainMail.Has(mail.Subject, "report")),
        ("SUBJECT:report", mail => PlainMail.Has(mail.Subject, "report")),
        ("subject:re", mail => PlainMail.Has(mail.Subject, "re")),
        ("body:lunch", mail => PlainMail.Has(mail.Body, "lunch")),
        ("attachment:report", mail => PlainMail.Has(mail.Attachment, "report")),
        ("attachment:plan*", mail => PlainMail.Has(mail.Attachment, "plan", isPrefix: true)),
        ("list:dev", mail => PlainMail.Has(mail.List, "dev")),
        ("list:dev.lists.example.net", mail => PlainMail.Has(mail.List, "dev lists example net")),
        ("has:attachment", mail => mail.Attachment.Length > 0),
        ("-has:attachment report", mail => mail.Attachment.Length == 0 && mail.Has("report")),
        ("is:unread", mail => (mail.Flags & Seen) == MessageFlags.None),
        ("is:read", mail => (mail.Flags & Seen) != MessageFlags.None),
        ("is:flagged", mail => mail.Flags.HasFlag(MessageFlags.Flagged)),
        ("is:answered", mail => mail.Flags.HasFlag(MessageFlags.Answered)),
        ("is:own", mail => mail.Flags.HasFlag(MessageFlags.Own)),
        ("is:unread report", mail => (mail.Flags & Seen) == MessageFlags.None && mail.Has("report")),
        ("is:unread OR lunch", mail => (mail.Flags & Seen) == MessageFlags.None || mail.Has("lunch")),
        ("lunch -friday", mail => mail.Has("lunch") && !mail.Has("friday")),
        ("lunch NOT friday", mail => mail.Has("lunch") && !mail.Has("friday")),
        ("-report", mail => !mail.Has("report")),
        ("--report", mail => mail.Has("report")),
        ("NOT NOT report", mail => mail.Has("report")),
        ("-(report OR lunch)", mail => !mail.Has("report") && !mail.Has("lunch")),
        ("report OR lunch", mail => mail.Has("report") || mail.Has("lunch")),
        ("report OR lunch friday", mail => mail.Has("report") || (mail.Has("lunch") && mail.Has("friday"))),
        ("(report OR lunch) friday", mail => (mail.Has("report") || mail.Has("lunch")) && mail.Has("friday")),
        ("report AND lunch", mail => mail.Has("report") && mail.Has("lunch")),
        ("report and lunch", mail => mail.Has("report") && mail.Has("and") && mail.Has("lunch")),
        ("\"OR\" \"AND\"", mail => mail.Has("or") && mail.Has("and")),
        ("near", mail => mail.Has("near")),
        ("-report OR -lunch", mail => !mail.Has("report") || !mail.Has("lunch")),
        ("don't", mail => mail.Has("don t")),
        ("report & lunch -- - !", mail => mail.Has("report") && mail.Has("lunch")),
        ("[dev]", mail => mail.Has("dev")),
        ("plan-2024.pdf", mail => mail.Has("plan 2024 pdf")),
        ("http://report", mail => mail.Has("http report")),
        ("after:2024", mail => mail.Moment >= At("2024-01-01T00:00:00+02:00")),
        ("before:2024", mail => mail.Moment < At("2024-01-01T00:00:00+02:00")),
        ("date:2023", mail => mail.Moment >= At("2023-01-01T00:00:00+02:00") && mail.Moment < At("2024-01-01T00:00:00+02:00")),
        ("date:2023-12-31", mail => mail.Moment >= At("2023-12-31T00:00:00+02:00") && mail.Moment < At("2024-01-01T00:00:00+02:00")),
        ("date:2024-02", mail => mail.Moment >= At("2024-02-01T00:00:00+02:00") && mail.Moment < At("2024-03-01T00:00:00+02:00")),
        ("date:2023-05-01..2024-03-31", mail => mail.Moment >= At("2023-05-01T00:00:00+02:00") && mail.Moment < At("2024-04-01T00:00:00+02:00")),
        ("date:..2022", mail => mail.Moment < At("2023-01-01T00:00:00+02:00")),
        ("date:2024-04..", mail => mail.Moment >= At("2024-04-01T00:00:00+02:00")),
        ("date:today", mail => mail.Moment >= At("2024-05-15T00:00:00+02:00")),
        ("date:yesterday", mail => mail.Moment >= At("2024-05-14T00:00:00+02:00") && mail.Moment < At("2024-05-15T00:00:00+02:00")),
        ("after:1d", mail => mail.Moment >= At("2024-05-14T00:00:00+02:00")),
        ("before:2w", mail => mail.Moment < At("2024-05-01T00:00:00+02:00")),
        ("date:2m", mail => mail.Moment >= At("2024-03-15T00:00:00+02:00")),
        ("before:1y", mail => mail.Moment < At("2023-05-15T00:00:00+02:00")),
        ("report after:2023 before:2024-05", mail => mail.Has("report") && mail.Moment >= At("2023-01-01T00:00:00+02:00") && mail.Moment < At("2024-05-01T00:00:00+02:00")),
        ("lunch OR before:2023", mail => mail.Has("lunch") || mail.Moment < At("2023-01-01T00:00:00+02:00")),
        ("", _ => true),
        ("  *  ", _ => true),
    ];

    private readonly SearchedMail mails = PlainMails.Open();

    public void Dispose() => mails.Dispose();

    [Fact]
    public void Every_query_of_the_table_finds_what_plain_code_finds()
    {
        foreach ((string query, Func<PlainMail, bool> means) in Table)
            Assert.Equal((query, PlainMails.Where(means)), (query, mails.Found(query)));
    }

    [Fact]
    public void The_table_is_worth_asking() =>
        Assert.InRange(Table.Count(row => PlainMails.Where(row.Means).Length is > 0 and < 23), 50, Table.Length);

    [Fact]
    public void A_thread_finds_its_whole_conversation()
    {
        string name = mails.ThreadName("report").ToString();

        Assert.Equal("a b", mails.Found($"thread:{name}"));
        Assert.Equal("b", mails.Found($"thread:{name[7..15]} from:bruno"));
        Assert.Equal("a b c k l", mails.Found($"thread:{name} OR lunch -patch"));
    }

    [Fact]
    public void Queries_made_by_chance_find_what_plain_code_finds() => Property.Holds(400, random =>
    {
        (string query, Func<PlainMail, bool> means) = RandomQuery.Make(random, depth: 4);
        Assert.Equal((query, PlainMails.Where(means)), (query, mails.Found(query)));
    });

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
