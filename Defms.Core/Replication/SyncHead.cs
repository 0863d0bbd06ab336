using System.Diagnostics.CodeAnalysis;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>
/// The first block of the answer to a sync (docs/formats/requests.md): which announcements and receipts follow, each with its blocks,
/// and the place behind them. Hints of a transport: what follows is signed.
/// </summary>
public sealed record SyncHead
{
    /// <summary>How many announcements and receipts one answer brings.</summary>
    public const int MaxItems = 256;

    /// <summary>How many common threads one answer compares; 10,000 take about 860 KB.</summary>
    public const int MaxRoots = 12_000;

    /// <summary>The place behind the last item.</summary>
    public required SyncCursor Cursor { get; init; }

    /// <summary>Names of the announcements and receipts that follow, in order.</summary>
    public required IReadOnlyList<Cid> Items { get; init; }

    /// <summary>Whether asking again at once brings more.</summary>
    public bool HasMore { get; init; }

    /// <summary>Thread and root of every common thread, when the asker wanted them.</summary>
    public IReadOnlyList<(Cid Thread, Cid Root)> Roots { get; init; } = [];

    /// <summary>The answering side's <see cref="ThreadDigests"/>, when the asker gave his.</summary>
    public byte[]? Digests { get; init; }

    /// <summary>
    /// With the roots of common threads: those in buckets that differ, where the asker gave his digests, otherwise all.
    /// </summary>
    public SyncHead WithRoots(IReadOnlyList<ThreadRow> threads, byte[]? asked)
    {
        byte[]? digests = asked is null ? null : ThreadDigests.Of(threads);
        IEnumerable<ThreadRow> named = digests is null ? threads : threads.Where(row => ThreadDigests.Differ(digests, asked, row.Thread));
        return this with { Digests = digests, Roots = [.. named.Take(MaxRoots).Select(row => (row.Thread, row.Root))] };
    }

    /// <exception cref="InvalidOperationException">There are more items or roots than one answer may bring.</exception>
    public Block ToBlock()
    {
        if (Items.Count > MaxItems || Roots.Count > MaxRoots)
            throw new InvalidOperationException($"One answer brings at most {MaxItems} items and {MaxRoots} roots.");
        var writer = new DagCborWriter(256 + Items.Count * 42 + Roots.Count * 84 + (Digests?.Length ?? 0));
        writer.Map(4 + (HasMore ? 1 : 0) + (Roots.Count > 0 ? 1 : 0) + (Digests is null ? 0 : 1)).Key("v"u8).Int(1).Key("kind"u8).Text("defms/sync"u8);
        if (HasMore)
            writer.Key("more"u8).Bool(true);
        writer.Key("items"u8).Array(Items.Count);
        foreach (Cid item in Items)
            writer.Link(item);
        if (Roots.Count > 0)
            WriteRoots(writer);
        writer.Key("cursor"u8).Bytes(Cursor.Encode());
        if (Digests is not null)
            writer.Key("digests"u8).Bytes(Digests);
        return Block.Create(Cid.DagCbor, writer.ToArray());
    }

    /// <summary>Reads the block; <paramref name="error"/> is words that follow "the answer".</summary>
    public static bool TryRead(Block block, [NotNullWhen(true)] out SyncHead? head, [NotNullWhen(false)] out string? error)
    {
        var reader = new DagCborReader(block.Cid.Codec == Cid.DagCbor ? block.Span : default);
        int fields = reader.ReadMap();
        reader.Key("v"u8, ref fields);
        reader.Expect(1);
        reader.Key("kind"u8, ref fields);
        reader.Expect("defms/sync"u8);
        bool more = reader.ReadFlag("more"u8, ref fields);
        reader.Key("items"u8, ref fields);
        List<Cid> items = ReadItems(ref reader);
        List<(Cid, Cid)> roots = reader.OptionalKey("roots"u8, ref fields) ? ReadRoots(ref reader) : [];
        reader.Key("cursor"u8, ref fields);
        SyncCursor cursor = SyncCursor.Read(ref reader);
        byte[]? digests = reader.OptionalKey("digests"u8, ref fields) ? reader.ReadExactly(ThreadDigests.Length) : null;
        reader.EndMap(fields);
        head = reader.End() ? new SyncHead { Cursor = cursor, Items = items, HasMore = more, Roots = roots, Digests = digests } : null;
        error = head is null ? reader.Error ?? "is none" : null;
        return head is not null;
    }

    private void WriteRoots(DagCborWriter writer)
    {
        writer.Key("roots"u8).Array(Roots.Count);
        foreach ((Cid thread, Cid root) in Roots)
            writer.Array(2).Link(thread).Link(root);
    }

    private static List<Cid> ReadItems(ref DagCborReader reader)
    {
        var items = new List<Cid>();
        int count = reader.ReadArray(MaxItems);
        for (int i = 0; i < count && !reader.Failed; i++)
            items.Add(reader.ReadObjectLink());
        return items;
    }

    private static List<(Cid, Cid)> ReadRoots(ref DagCborReader reader)
    {
        var roots = new List<(Cid, Cid)>();
        int count = reader.ReadArray(MaxRoots);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            if (reader.ReadArray(2) != 2)
                reader.Fail("has a root that is no pair");
            roots.Add((reader.ReadObjectLink(), reader.ReadObjectLink()));
        }
        if (count == 0)
            reader.Fail("has an empty list");
        return roots;
    }
}
