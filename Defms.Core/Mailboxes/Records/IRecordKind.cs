namespace Defms.Core.Mailboxes.Records;

/// <summary>What one kind of record says of the store, and what it does to it. Records of other kinds are kept and passed on.</summary>
internal interface IRecordKind
{
    /// <summary>The first word of the key.</summary>
    string Word { get; }

    /// <summary>The name in the key of what changed; null where there is nothing to say of it.</summary>
    string? NameOf(byte[] name);

    /// <summary>What the store says now, as a value; empty for nothing.</summary>
    string Read(IMailTables tables, string name);

    /// <summary>What every store says where there is no record.</summary>
    string Unsaid(IMailTables tables, string name) => "";

    /// <summary>Whether values have an order of their own: what the store says though a record took effect is newer, and is said again.</summary>
    bool HasOwnOrder => false;

    /// <summary>Makes the store say so, as far as what it speaks of is here.</summary>
    void Apply(IMailTables tables, string name, string value, long now);
}
