using Defms.Core.Blocks;

namespace Defms.Core.Mailboxes.Records;

/// <summary><c>flags MESSAGE</c>: the person's words on a message, sorted.</summary>
internal sealed class FlagRecords : IRecordKind
{
    private static readonly (string Word, MessageFlags Flag)[] Words =
    [
        ("answered", MessageFlags.Answered), ("deleted", MessageFlags.Deleted), ("draft", MessageFlags.Draft),
        ("flagged", MessageFlags.Flagged), ("forwarded", MessageFlags.Forwarded), ("read", MessageFlags.Read),
    ];

    public string Word => "flags";

    public string? NameOf(byte[] name) => Cid.From(name).ToString();

    public string Read(IMailTables tables, string name) =>
        Cid.TryParse(name, out Cid cid) && tables.Messages.Find(cid) is { } row && !row.Flags.HasFlag(MessageFlags.Record)
            ? string.Join(' ', Words.Where(pair => row.Flags.HasFlag(pair.Flag)).Select(pair => pair.Word))
            : "";

    /// <summary>What a person wrote he has read.</summary>
    public string Unsaid(IMailTables tables, string name) =>
        Cid.TryParse(name, out Cid cid) && tables.Messages.Find(cid) is { } row && row.Flags.HasFlag(MessageFlags.Own) ? "read" : "";

    public void Apply(IMailTables tables, string name, string value, long now)
    {
        if (!Cid.TryParse(name, out Cid cid) || tables.Messages.Find(cid) is not { } row || row.Flags.HasFlag(MessageFlags.Record))
            return;
        string[] words = value.Split(' ');
        MessageFlags set = Words.Where(pair => words.Contains(pair.Word)).Aggregate(MessageFlags.None, (flags, pair) => flags | pair.Flag);
        if (tables.Messages.SetFlags([row.Id], set, FilingFlags.Personal & ~set) > 0)
            tables.Conversations.Recount(tables.Threads.Find(row.Thread)!.Conversation);
    }
}
