using Defms.Core.Mailboxes;

namespace Defms.Core.Storage.Tables;

internal sealed class SettingTable(TableScope scope) : ISettingTable
{
    private const string GetSql = "SELECT value FROM settings WHERE name = ?1";
    private const string SetSql = "INSERT INTO settings(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value";
    private const string RemoveSql = "DELETE FROM settings WHERE name = ?1";

    public string? Get(string name) => scope.Db.ScalarString(GetSql, name);

    public byte[]? GetBytes(string name) => scope.Db.ScalarBytes(GetSql, name);

    public void Set(string name, string value) => scope.Db.Execute(SetSql, name, value);

    public void SetBytes(string name, ReadOnlySpan<byte> value)
    {
        using SqliteStatement set = scope.Db.Prepare(SetSql);
        set.Bind(1, name).Bind(2, value).Execute();
    }

    public long Used() => (Pragma("page_count") - Pragma("freelist_count")) * Pragma("page_size");

    public void Remove(string name) => scope.Db.Execute(RemoveSql, name);

    private long Pragma(string name) => scope.Db.ScalarLong("PRAGMA " + name).GetValueOrDefault();
}
