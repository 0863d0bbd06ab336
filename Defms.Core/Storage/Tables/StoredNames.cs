using Defms.Core.Blocks;
using Defms.Core.Identities;

namespace Defms.Core.Storage.Tables;

/// <summary>Names as they lie in columns: their bytes; an absent CID is NULL, an absent identity an empty blob.</summary>
internal static class StoredNames
{
    internal static SqliteValue Value(this Cid cid) => cid.IsDefault ? SqliteValue.Null : cid.Bytes.ToArray();

    internal static SqliteValue Value(this Cid? cid) => (cid ?? default).Value();

    internal static SqliteValue Value(this Did did) => did.Bytes.ToArray();

    internal static SqliteStatement Bind(this SqliteStatement statement, int index, Cid cid) => statement.Bind(index, cid.Bytes);

    internal static SqliteStatement Bind(this SqliteStatement statement, int index, Did did) => statement.Bind(index, did.Bytes);

    /// <exception cref="StoreException">The column holds none.</exception>
    internal static Cid Cid(this SqliteStatement row, int column) => Blocks.Cid.TryFrom(row.Span(column), out Cid cid)
        ? cid
        : throw new StoreException("A row of the store holds bytes that are no name of a block: its file is damaged. Stop defms-daemon and run 'defms verify --repair'.");

    internal static Cid? CidOrNull(this SqliteStatement row, int column) => row.IsNull(column) ? null : row.Cid(column);

    internal static Did Did(this SqliteStatement row, int column)
    {
        ReadOnlySpan<byte> bytes = row.Span(column);
        return bytes.IsEmpty ? default : Identities.Did.From(bytes);
    }
}
