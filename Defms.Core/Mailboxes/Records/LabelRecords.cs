using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes.Labels;

namespace Defms.Core.Mailboxes.Records;

/// <summary><c>label MESSAGE KEY</c>: a label on a message, as it is spelled; empty where it was taken off. So two machines that put different ones there keep both.</summary>
internal sealed class LabelRecords : IRecordKind
{
    internal const string Kind = "label";

    public string Word => Kind;

    /// <summary>The trigger writes the message's bytes in hexadecimal, a space and the key.</summary>
    public string? NameOf(byte[] name)
    {
        string text = Encoding.UTF8.GetString(name);
        int space = text.IndexOf(' ');
        return $"{Cid.From(Convert.FromHexString(text.AsSpan(0, space)))}{text[space..]}";
    }

    public string Read(IMailTables tables, string name) =>
        Find(tables, name, out string key) is { } message ? tables.Labels.Find(message.Id, key) ?? "" : "";

    public void Apply(IMailTables tables, string name, string value, long now)
    {
        if (Find(tables, name, out string key) is not { } message || message.Flags.HasFlag(MessageFlags.Record))
            return;
        if (value.Length == 0)
            tables.Labels.Remove(message.Id, key);
        else if (Label.TryParse(value, out Label? label, out _) && label.Key == key && label.Text == value)
            tables.Labels.Put(message, label);
    }

    private static MessageRow? Find(IMailTables tables, string name, out string key)
    {
        int space = name.IndexOf(' ');
        key = space < 0 ? "" : name[(space + 1)..];
        return space > 0 && Cid.TryParse(name.AsSpan(0, space), out Cid cid) ? tables.Messages.Find(cid) : null;
    }
}
