using Defms.Core.Blocks;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>One machine's copy of a thread's set, kept as a store keeps it: each change drops what it supersedes.</summary>
internal sealed class Replica
{
    private readonly Cid thread;
    private readonly HashSet<Cid> messages = [];

    public Replica(Cid thread, params IEnumerable<Cid> messages)
    {
        this.thread = thread;
        RootChange change = ThreadRoot.Build(thread, messages);
        this.messages.UnionWith(messages);
        Nodes.Put(change.Blocks);
        Root = change.Root;
        Count = change.Count;
    }

    public MemoryBlockstore Nodes { get; } = new();

    public Cid Root { get; private set; }

    public int Count { get; private set; }

    public IReadOnlyCollection<Cid> Messages => messages;

    public RootChange Add(params IEnumerable<Cid> added)
    {
        RootChange? change = ThreadRoot.Add(thread, Root, added, Nodes);
        Assert.NotNull(change);
        messages.UnionWith(added);
        Nodes.Put(change.Blocks);
        Nodes.Remove(change.Superseded);
        Root = change.Root;
        Count = change.Count;
        return change;
    }

    /// <summary>A walk through the tree of another, as somebody does who keeps his own nodes.</summary>
    public RootWalk WalkTo(Replica other) => new(thread, other.Root, cid => messages.Contains(cid) || Nodes.Has(cid));

    /// <summary>The root is the one that is built from nothing, and no node too many or too few is kept.</summary>
    public void Check()
    {
        RootChange whole = ThreadRoot.Build(thread, messages);
        Assert.Equal((whole.Root, messages.Count), (Root, Count));
        Assert.Equal(whole.Blocks.Select(block => block.Cid).Order(), Nodes.List().Order());
        Assert.Equal(whole.Blocks.Count, ThreadRoot.Nodes(Root, Nodes).Count());
    }
}
