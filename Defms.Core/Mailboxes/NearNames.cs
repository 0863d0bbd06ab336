using System.Buffers.Binary;
using Defms.Core.Blocks;

namespace Defms.Core.Mailboxes;

/// <summary>Finds names that were one before bits of it turned: those that still have its beginning or its end.</summary>
internal sealed class NearNames(IReadOnlyList<Cid> names)
{
    private readonly Lazy<ILookup<ulong, Cid>> byBeginning = new(() => names.ToLookup(name => Beginning(name)));
    private readonly Lazy<ILookup<ulong, Cid>> byEnd = new(() => names.ToLookup(name => End(name)));

    /// <summary>Names that differ from this one in no more than <see cref="TurnedBits.Most"/> bits.</summary>
    public IEnumerable<Cid> Of(Cid damaged) => byBeginning.Value[Beginning(damaged)].Concat(byEnd.Value[End(damaged)]).Distinct()
        .Where(name => TurnedBits.Between(name.Bytes, damaged.Bytes) <= TurnedBits.Most);

    private static ulong Beginning(Cid name) => name.Digest is { Length: >= sizeof(ulong) } digest ? BinaryPrimitives.ReadUInt64LittleEndian(digest) : 0;

    private static ulong End(Cid name) => name.Digest is { Length: >= sizeof(ulong) } digest ? BinaryPrimitives.ReadUInt64LittleEndian(digest[^sizeof(ulong)..]) : 0;
}
