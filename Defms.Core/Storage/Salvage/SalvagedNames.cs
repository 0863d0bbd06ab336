using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Mailboxes;

namespace Defms.Core.Storage.Salvage;

/// <summary>The names of blocks in a row: what a few turned bits made of one is set right where it can be told what it was.</summary>
internal sealed class SalvagedNames
{
    /// <summary>Columns that hold a name, by table; in those of structured blocks it is clear how each begins.</summary>
    private static readonly Dictionary<string, string[]> Structured = new()
    {
        ["threads"] = ["cid", "root", "branch_of"],
        ["messages"] = ["cid"],
        ["keepers"] = ["root"],
        ["outgoing"] = ["thread"],
        ["forgotten"] = ["thread"],
        ["node_pins"] = ["thread", "root"],
        ["parcels"] = ["cid"],
        ["submissions"] = ["cid"],
    };

    private static readonly Dictionary<string, string[]> Either = new()
    {
        ["blocks"] = ["cid"],
        ["held_blocks"] = ["cid"],
        ["node_blocks"] = ["cid"],
        ["missing_chunks"] = ["chunk"],
        ["refused"] = ["cid"],
    };

    private readonly int[] structured;
    private readonly int[] either;
    private readonly int data;

    internal SalvagedNames(string table, IReadOnlyList<string> columns)
    {
        structured = Places(Structured, table, columns);
        either = Places(Either, table, columns);
        data = columns.ToList().IndexOf("data");
    }

    /// <summary>False where the row names something that is no name.</summary>
    internal bool TryMend(SqliteValue[] values)
    {
        foreach (int place in structured)
        {
            if (values[place].Blob is { Length: Cid.Length } name)
                new ReadOnlySpan<byte>([1, (byte)Cid.DagCbor, (byte)Multihash.Sha2256, 32]).CopyTo(name);
        }
        if (data >= 0 && either is [int own] && values[own].Blob is { } damaged && values[data].Blob is { } bytes)
            values[own] = NameOf(bytes, damaged);
        return structured.Concat(either).All(place => values[place].Blob is not { } name || Cid.TryFrom(name, out _));
    }

    private static byte[] NameOf(byte[] bytes, byte[] damaged)
    {
        Cid cbor = Cid.Of(Cid.DagCbor, bytes), raw = Cid.Of(Cid.Raw, bytes);
        Cid right = TurnedBits.Between(cbor.Bytes, damaged) < TurnedBits.Between(raw.Bytes, damaged) ? cbor : raw;
        return TurnedBits.Between(right.Bytes, damaged) <= TurnedBits.Most ? right.Bytes.ToArray() : damaged;
    }

    private static int[] Places(Dictionary<string, string[]> of, string table, IReadOnlyList<string> columns) =>
        [.. of.GetValueOrDefault(table, []).Select(column => columns.ToList().IndexOf(column)).Where(place => place >= 0)];
}
