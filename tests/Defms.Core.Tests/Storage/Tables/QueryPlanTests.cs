using System.Reflection;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Search;
using Defms.Core.Storage;
using Defms.Core.Storage.Tables;

namespace Defms.Core.Tests.Storage.Tables;

/// <summary>How SQLite goes about every SQL text of the tables, which are all constants of their classes.</summary>
public sealed class QueryPlanTests : TableTest
{
    /// <summary>What reads a whole table or index because it is asked for all of it; none of them is on the way of a mail.</summary>
    private static readonly string[] WholeTables =
    [
        "ContactTable.ListSql", "DeliveryTable.CountsSql", "OutgoingTable.CountSql", "QuarantineTable.SendersSql", "QuarantineTable.BytesSql",
        "HeldTable.AllSql", "HostTable.ListSql", "ServedTable.ListSql", "InvitationTable.CountSql",
        "SqliteStore.IsUsedSql", "SearchTable.CountSql", "SearchTable.ClearTextsSql", "SearchTable.ClearRowsSql",
        "ConversationTable.ForgetMessageIdsSql", "ConversationTable.ForgetEmptySql", "ConversationTable.AddMissingSql", "AnotherMachine.OthersSql", "AnotherMachine.OwnSql",
        "OwnMachineTable.ListSql", "NodeTable.CountSql",
        "RecordTable.ForgetToldSql", "RecordTable.SizeSql", "RecordTable.PrivateThreadsSql", "RecordTable.ClearSql", "RecordTable.ClearAheadSql",
        "LabelTable.ListSql",
    ];

    /// <summary>What has to put rows in order that no index holds; their number is that of a thread or conversation being read whole.</summary>
    private static readonly string[] Sorting =
    [
        "ContactTable.ListSql", "MessageTable.NamesSql", "MessageTable.InConversationSql", "MessageTable.WithHashSql", "MessageTable.CopiesSql",
        "ConversationCounts.RecountMailsSql", "ConversationCounts.RecountNewestSql", "ConversationCounts.RecountOldestSql",
        "DeliveryTable.OfSql", "QuarantineTable.OfSql", "QuarantineTable.SendersSql", "RecordTable.PrivateThreadsSql",
        "LabelTable.InConversationSql", "LabelTable.ListSql", "HeldTable.RecipientsSql",
    ];

    public static TheoryData<string> Texts => [.. All().Keys];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Every_query_finds_its_rows_by_an_index(string text)
    {
        string[] plan = Plan(All()[text]);
        if (!WholeTables.Contains(text)) Assert.DoesNotContain(plan, step => step.StartsWith("SCAN ") && !IsIndexWalk(text, step));
        if (!Sorting.Contains(text)) Assert.DoesNotContain(plan, step => step.Contains("TEMP B-TREE"));
    }

    [Theory]
    [InlineData("ConversationTable.ListSql", "conversations_shown")]
    [InlineData("ConversationTable.ListUnreadSql", "conversations_unread")]
    [InlineData("MessageTable.NamesSql", "COVERING INDEX messages_thread")]
    [InlineData("MessageTable.WithHashSql", "m USING INDEX messages_hash")]
    [InlineData("MessageTable.IsFiledSql", "m USING INDEX messages_hash")]
    [InlineData("MessageTable.CopiesSql", "m USING INDEX messages_same")]
    [InlineData("MessageTable.ConversationsOfCopiesSql", "m USING INDEX messages_same")]
    [InlineData("MessageTable.WithSubjectSql", "m USING INDEX messages_subject")]
    [InlineData("ConversationCounts.CopySeenSql", "m USING INDEX messages_same")]
    [InlineData("LabelTable.InThreadSql", "message_labels_thread")]
    [InlineData("LabelTable.InConversationSql", "l USING COVERING INDEX message_labels_thread")]
    [InlineData("LabelTable.SpellingSql", "COVERING INDEX message_labels_key")]
    [InlineData("LabelTable.ListSql", "l USING COVERING INDEX message_labels_key")]
    [InlineData("DeliveryTable.UnannouncedSql", "deliveries_unannounced")]
    [InlineData("DeliveryTable.InSql", "deliveries_state")]
    [InlineData("OutgoingTable.DueSql", "outgoing_next_attempt")]
    [InlineData("OutgoingTable.NextDueSql", "outgoing_next_attempt")]
    [InlineData("OutgoingTable.UntouchedSql", "outgoing_untouched")]
    [InlineData("QuarantineTable.BytesOfSql", "COVERING INDEX quarantine_sender")]
    [InlineData("QuarantineTable.BytesFromSql", "COVERING INDEX quarantine_network")]
    public void A_hot_query_uses_the_index_made_for_it(string text, string index) => Assert.Contains(Plan(All()[text]), step => step.Contains(index));

    [Fact]
    public void A_search_for_a_label_reads_the_mail_that_has_it_and_no_other()
    {
        var alone = new SearchRequest(new AllOf([new HasLabel("work"), new HasState(SearchState.Unread)]), ByRelevance: false, PerConversation: true, 10);
        string[] plan = Plan(SearchTableQuery.Of(alone).Sql);
        Assert.Contains(plan, step => step.Contains("message_labels USING COVERING INDEX message_labels_key (key=?)"));
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN s"));
        var beside = new SearchRequest(new AllOf([new HasLabel("work"), new Phrase(SearchField.Any, "lunch", false)]), ByRelevance: false, PerConversation: true, 10);
        plan = Plan(SearchTableQuery.Of(beside).Sql);
        Assert.Contains(plan, step => step.Contains("x USING PRIMARY KEY (message=? AND key=?)"));
    }

    /// <summary>The lists walk along an index until they have enough: SQLite calls that a scan of the index.</summary>
    private static bool IsIndexWalk(string text, string step) => text switch
    {
        _ when step == "SCAN CONSTANT ROW" => true,
        "ConversationTable.ListSql" => step == "SCAN conversations USING INDEX conversations_shown",
        "ConversationTable.ListUnreadSql" => step == "SCAN conversations USING INDEX conversations_unread",
        "DeliveryTable.UnannouncedSql" => step == "SCAN deliveries USING INDEX deliveries_unannounced",

        // The copies of one mail, already found by index.
        "ConversationCounts.RecountMailsSql" => step.StartsWith("SCAN (subquery"),
        _ => false,
    };

    private static Dictionary<string, string> All() => typeof(SqliteTables).Assembly.GetTypes()
        .Where(type => type.Namespace is "Defms.Core.Storage" or "Defms.Core.Storage.Tables")
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => field.IsLiteral && field.Name.EndsWith("Sql") && field.DeclaringType != typeof(SchemaVersion1))
        .ToDictionary(field => $"{field.DeclaringType!.Name}.{field.Name}", field => (string)field.GetRawConstantValue()!);

    private string[] Plan(string sql)
    {
        using SqliteStatement plan = Db.Prepare("EXPLAIN QUERY PLAN " + sql);
        return [.. plan.All(row => row.String(3))];
    }
}
