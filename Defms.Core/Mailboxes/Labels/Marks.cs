namespace Defms.Core.Mailboxes.Labels;

/// <summary>What is put on messages and taken off them.</summary>
public sealed record Marks(MessageFlags Set, MessageFlags Clear)
{
    /// <summary>Put on, and spelled as the store spells them already.</summary>
    public IReadOnlyList<Label> Labels { get; init; } = [];

    /// <summary>Taken off.</summary>
    public IReadOnlyList<Label> Unlabels { get; init; } = [];

    /// <summary>Whether anything of a message changed.</summary>
    internal bool Apply(IMailTables tables, MessageRow message)
    {
        bool hasChanged = tables.Messages.SetFlags([message.Id], Set, Clear) > 0;
        if (message.Flags.HasFlag(MessageFlags.Record))
            return hasChanged;
        foreach (Label label in Labels)
            hasChanged |= Put(tables, message, label);
        foreach (Label label in Unlabels)
            hasChanged |= tables.Labels.Remove(message.Id, label.Key);
        return hasChanged;
    }

    private static bool Put(IMailTables tables, MessageRow message, Label label)
    {
        if (tables.Labels.Find(message.Id, label.Key) is not null)
            return false;
        string spelling = tables.Labels.Spelling(label.Key) ?? label.Text;
        return tables.Labels.Put(message, Label.TryParse(spelling, out Label? known, out _) ? known : label);
    }
}
