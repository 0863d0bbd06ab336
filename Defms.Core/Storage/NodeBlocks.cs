using System.Collections.Concurrent;
using Defms.Core.Blocks;

namespace Defms.Core.Storage;

/// <summary>
/// A store's way to the bytes that its IPFS node keeps. Jobs that read wait for it, so the wait is short, and a node that did not answer is not
/// asked again at once. Safe for use by several threads.
/// </summary>
internal sealed class NodeBlocks : IDisposable
{
    /// <summary>A node beside us answers within milliseconds; a job that reads keeps a state of the file alive meanwhile.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    /// <summary>So long every read says at once what the last one waited for.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, IBlockNode> nodes = new();
    private readonly ConcurrentDictionary<Cid, bool> lost = new();
    private Func<Uri, IBlockNode>? connect;
    private volatile Failure? failure;

    /// <summary>Says how a node is reached.</summary>
    internal void Use(Func<Uri, IBlockNode> connect) => this.connect = connect;

    /// <summary>The node at a URL.</summary>
    /// <exception cref="StoreException">This program reaches none.</exception>
    internal IBlockNode At(string url) => nodes.GetOrAdd(
        url, key => connect?.Invoke(new Uri(key)) ?? throw new StoreException($"These blocks are with the IPFS node at {key}, which this program does not reach."));

    /// <summary>A block that the node is known to keep; null when it is lost there.</summary>
    /// <exception cref="StoreException">The node did not answer, so that nothing can be said of the block.</exception>
    internal Block? Find(string? url, Cid cid)
    {
        if (url is null)
            throw new StoreException($"Block {cid} is with an IPFS node, but the store does not say with which. Enter it again with 'defms config ipfs URL'.");
        if (failure is { } last && last.Url == url && TimeProvider.System.GetElapsedTime(last.Since) < Rest)
            throw new StoreException(last.Message);
        try
        {
            using var timer = new CancellationTokenSource(Wait);
            Block? block = At(url).FindAsync(cid, timer.Token).GetAwaiter().GetResult();
            failure = null;
            if (block is null)
                lost.TryAdd(cid, true);
            return block;
        }
        catch (Exception e) when (e is BlockNodeException or OperationCanceledException)
        {
            string reason = e is BlockNodeException ? e.Message : $"The IPFS node at {url} did not answer within {Wait.TotalSeconds:0} seconds.";
            failure = new Failure(url, $"{reason} What it keeps cannot be read until it answers; nothing is lost.", TimeProvider.System.GetTimestamp());
            throw new StoreException(failure.Message, e);
        }
    }

    /// <summary>Whether the node was seen not to have what it should; a copy that comes is then kept here.</summary>
    internal bool IsLost(Cid cid) => !lost.IsEmpty && lost.ContainsKey(cid);

    internal void Found(Cid cid) => lost.TryRemove(cid, out _);

    public void Dispose()
    {
        foreach (IBlockNode node in nodes.Values)
            node.Dispose();
    }

    private sealed record Failure(string Url, string Message, long Since);
}
