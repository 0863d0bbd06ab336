using System.Runtime.InteropServices;

namespace Defms.Core.Storage;

/// <summary>
/// A value to bind, converted implicitly from what callers have at hand, so that a query reads <c>db.Query(sql, id, name)</c>.
/// A span cannot be kept in it: bind spans with <see cref="SqliteStatement.Bind(int, ReadOnlySpan{byte})"/>. Bytes are not copied before the
/// statement binds them.
/// </summary>
public readonly struct SqliteValue
{
    private readonly Kind kind;
    private readonly long number;
    private readonly string? text;
    private readonly ReadOnlyMemory<byte> bytes;

    private SqliteValue(long number) => (kind, this.number) = (Kind.Number, number);

    private SqliteValue(string text) => (kind, this.text) = (Kind.Text, text);

    private SqliteValue(ReadOnlyMemory<byte> bytes) => (kind, this.bytes) = (Kind.Bytes, bytes);

    private enum Kind : byte { Null, Number, Text, Bytes }

    /// <summary>SQL NULL.</summary>
    public static SqliteValue Null => default;

    public static implicit operator SqliteValue(long number) => new(number);

    public static implicit operator SqliteValue(long? number) => number is { } known ? new(known) : Null;

    /// <summary>Stored as 1 or 0.</summary>
    public static implicit operator SqliteValue(bool flag) => new(flag ? 1 : 0);

    public static implicit operator SqliteValue(string? text) => text is null ? Null : new(text);

    public static implicit operator SqliteValue(byte[]? bytes) => bytes is null ? Null : new(bytes.AsMemory());

    public static implicit operator SqliteValue(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>The bytes of a blob, not copied where they are an array of their own; null for anything else.</summary>
    internal byte[]? Blob => kind != Kind.Bytes ? null
        : MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length ? segment.Array
        : bytes.ToArray();

    internal void BindTo(SqliteStatement statement, int index) => _ = kind switch
    {
        Kind.Number => statement.Bind(index, number),
        Kind.Text => statement.Bind(index, text),
        Kind.Bytes => statement.Bind(index, bytes.Span),
        _ => statement.BindNull(index),
    };
}
