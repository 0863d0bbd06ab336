using Defms.Core.Blocks;

namespace Defms.Core.Mailboxes.Records;

/// <summary>
/// What the owner's machines agree on. The state is a function of the set of records and the clock: whatever order they come in, the last
/// word by (time, CID) stands that is not more than <see cref="Record.MaxAhead"/> ahead.
/// </summary>
public static class RecordBook
{
    private static readonly IRecordKind[] Kinds = [new FlagRecords(), new ContactRecords(), new CardRecords(), new BindingRecords(), new DeliveryRecords(), new LabelRecords()];

    /// <summary>Takes records in.</summary>
    /// <param name="told">False where they have to be told once more: they came in a thread that is no longer written to.</param>
    /// <param name="now">Unix milliseconds.</param>
    public static void Apply(IMailTables tables, IEnumerable<Record> records, bool told, long now)
    {
        foreach (Record record in records)
        {
            if (record.Time > Record.Horizon(now))
                tables.Records.PutAhead(record);
            else if (record.Beats(tables.Records.Find(record.Key)))
                Keep(tables, record, told, now);
        }
    }

    /// <summary>A message has come: what was said of it before takes effect.</summary>
    public static void Recall(IMailTables tables, Cid message, long now)
    {
        foreach (string key in (string[])[$"flags {message}", $"delivery {message}"])
        {
            if (tables.Records.Find(key) is { } record)
                Effect(tables, record, now);
        }
        foreach (Record record in tables.Records.OfKind($"{LabelRecords.Kind} {message}"))
            Effect(tables, record, now);
    }

    /// <summary>Sets a record that no change of a table speaks of.</summary>
    public static void Set(IMailTables tables, string key, string value, long now)
    {
        Record? known = tables.Records.Find(key);
        if (known?.Value != value)
            tables.Records.Put(new Record(key, NextTime(known, now), value), told: false);
    }

    /// <summary>Makes records of what was changed here. What came from another machine, and is so already, is no change.</summary>
    public static void Capture(IMailTables tables, long now)
    {
        tables.Records.StampChanges(now);
        const int batch = 1000;
        for (IReadOnlyList<RecordChange> changes = tables.Records.Changes(batch); changes.Count > 0; changes = tables.Records.Changes(batch))
        {
            foreach (RecordChange change in changes)
            {
                CaptureOne(tables, change, now);
                tables.Records.RemoveChange(change);
            }
        }
    }

    private static void CaptureOne(IMailTables tables, RecordChange change, long now)
    {
        if (Kinds.FirstOrDefault(kind => kind.Word == change.Kind) is not { } kind || kind.NameOf(change.Name) is not { } name)
            return;
        string key = $"{kind.Word} {name}";
        string value = kind.Read(tables, name);
        Record? known = tables.Records.Find(key);
        if (value == (known?.Value ?? kind.Unsaid(tables, name)))
            return;
        // The clock may have been ahead when it was changed, and be right now.
        tables.Records.Put(new Record(key, NextTime(known, Math.Min(change.Time, now)), value), told: false);
    }

    /// <summary>Who changes what he has seen wins over it, however slow his clock is.</summary>
    private static long NextTime(Record? known, long now) => Math.Max(now, (known?.Time ?? 0) + 1);

    private static void Keep(IMailTables tables, Record record, bool told, long now)
    {
        tables.Records.Put(record, told);
        Effect(tables, record, now);
        if (KindOf(record) is { HasOwnOrder: true } kind && kind.Read(tables, NameIn(record)) is { Length: > 0 } newer && newer != record.Value)
            tables.Records.Put(new Record(record.Key, NextTime(record, now), newer), told: false);
    }

    private static void Effect(IMailTables tables, Record record, long now) => KindOf(record)?.Apply(tables, NameIn(record), record.Value, now);

    private static IRecordKind? KindOf(Record record)
    {
        int space = record.Key.IndexOf(' ');
        return space > 0 ? Kinds.FirstOrDefault(kind => record.Key.AsSpan(0, space).SequenceEqual(kind.Word)) : null;
    }

    private static string NameIn(Record record) => record.Key[(record.Key.IndexOf(' ') + 1)..];
}
