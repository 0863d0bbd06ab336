using System.Diagnostics.CodeAnalysis;
using Defms.Core.Blocks;
using Defms.Core.Codecs;

namespace Defms.Core.Threads;

/// <summary>
/// One node of the tree that names a thread's state (docs/formats/root.md): the messages themselves, or shards by the next byte of
/// their digests. The top node also names the thread.
/// </summary>
internal sealed record RootNode(Cid? Thread, int Count, IReadOnlyList<Cid> Messages, IReadOnlyList<RootShard> Shards)
{
    /// <summary>More messages than this are sharded; so a node stays below 48 KiB.</summary>
    public const int MaxMessages = 1024;

    /// <summary>A digest has 32 bytes to shard by; no honest tree comes near.</summary>
    public const int MaxDepth = 32;

    private const int MaxShards = 256;

    public static bool TryRead(Block block, [NotNullWhen(true)] out RootNode? node, [NotNullWhen(false)] out string? error)
    {
        var reader = new DagCborReader(block.Cid.Codec == Cid.DagCbor ? block.Span : default);
        int fields = reader.ReadMap();
        bool isTop = reader.OptionalKey("v"u8, ref fields);
        if (isTop)
        {
            reader.Expect(1);
            reader.Key("kind"u8, ref fields);
            reader.Expect("defms/thread"u8);
        }
        reader.Key("count"u8, ref fields);
        int count = reader.ReadInt32();
        IReadOnlyList<RootShard> shards = reader.OptionalKey("shards"u8, ref fields) ? ReadShards(ref reader) : [];
        Cid? thread = null;
        if (isTop)
        {
            reader.Key("genesis"u8, ref fields);
            thread = reader.ReadObjectLink();
        }
        IReadOnlyList<Cid> messages = shards.Count == 0 && reader.OptionalKey("messages"u8, ref fields) ? ReadMessages(ref reader) : [];
        reader.EndMap(fields);
        node = new RootNode(thread, count, messages, shards);
        error = reader.End() ? node.Refusal() : reader.Error ?? "is no root";
        return error is null;
    }

    /// <summary>Whether everything this node names belongs below a node that is reached by these digest bytes.</summary>
    public bool LiesBelow(ReadOnlySpan<byte> digits)
    {
        if (Shards.Count > 0)
            return digits.Length < MaxDepth;
        foreach (Cid message in Messages)
        {
            if (!message.Digest.StartsWith(digits))
                return false;
        }
        return true;
    }

    public Block ToBlock()
    {
        var writer = new DagCborWriter(128 + Messages.Count * 42 + Shards.Count * 44);
        writer.Map(Thread is null ? 2 : 5);
        if (Thread is not null)
            writer.Key("v"u8).Int(1).Key("kind"u8).Text("defms/thread"u8);
        writer.Key("count"u8).Int(Count);
        if (Shards.Count > 0)
            WriteShards(writer);
        if (Thread is { } thread)
            writer.Key("genesis"u8).Link(thread);
        if (Shards.Count == 0)
            WriteMessages(writer);
        return Block.Create(Cid.DagCbor, writer.ToArray());
    }

    private void WriteShards(DagCborWriter writer)
    {
        writer.Key("shards"u8).Array(Shards.Count);
        foreach (RootShard shard in Shards)
            writer.Array(2).Int(shard.Digit).Link(shard.Node);
    }

    private void WriteMessages(DagCborWriter writer)
    {
        writer.Key("messages"u8).Array(Messages.Count);
        foreach (Cid message in Messages)
            writer.Link(message);
    }

    private static List<RootShard> ReadShards(ref DagCborReader reader)
    {
        var shards = new List<RootShard>();
        int count = reader.ReadArray(MaxShards);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            if (reader.ReadArray(2) != 2)
                reader.Fail("has a shard that is no pair");
            byte digit = (byte)reader.ReadInt32(byte.MaxValue);
            shards.Add(new RootShard(digit, reader.ReadObjectLink()));
            if (i > 0 && shards[i - 1].Digit >= digit)
                reader.Fail("has shards that are repeated or out of order");
        }
        if (count == 0)
            reader.Fail("has an empty list");
        return shards;
    }

    private static List<Cid> ReadMessages(ref DagCborReader reader)
    {
        var messages = new List<Cid>();
        int count = reader.ReadArray(MaxMessages);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            messages.Add(reader.ReadObjectLink());
            if (i > 0 && messages[i - 1].CompareTo(messages[i]) >= 0)
                reader.Fail("has messages that are repeated or out of order");
        }
        return messages;
    }

    private string? Refusal()
    {
        if (Thread is null && Count == 0)
            return "is an empty shard";
        bool sums = Shards.Count > 0 ? Count > MaxMessages : Count == Messages.Count;
        return sums ? null : "has a count that its messages do not make";
    }
}

/// <summary>The messages whose digest goes on with this byte.</summary>
internal readonly record struct RootShard(byte Digit, Cid Node);
