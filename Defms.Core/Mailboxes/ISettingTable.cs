namespace Defms.Core.Mailboxes;

/// <summary>Small values by name: what the person set, and what the store needs to know of itself.</summary>
public interface ISettingTable
{
    string? Get(string name);

    byte[]? GetBytes(string name);

    void Set(string name, string value);

    void SetBytes(string name, ReadOnlySpan<byte> value);

    void Remove(string name);

    /// <summary>Bytes of the store's file that hold something.</summary>
    long Used();
}
