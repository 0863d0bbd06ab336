using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Defms.Core.Blocks;

namespace Defms.Core.Network;

/// <summary>
/// A node that speaks the Kubo RPC: Kubo itself, or js-ipfs, which differs in how block/put is told the codec and knows no pin/update. CIDs are
/// compared as bytes, since some calls answer in another base.
/// </summary>
public sealed class KuboNode : IBlockNode
{
    /// <summary>How a node tells that it has no such block, in the words of Kubo (boxo) and of js-ipfs.</summary>
    private static readonly string[] NotHere = ["not found", "could not find"];

    /// <summary>How a node tells that a root is not pinned.</summary>
    private static readonly string[] NotPinned = ["not pinned", "not recursively pinned"];

    private readonly KuboRpc rpc;
    private volatile bool takesCidCodec = true;
    private volatile bool knowsPinUpdate = true;

    /// <param name="url">Of the RPC, as <c>http://127.0.0.1:5001</c>.</param>
    public KuboNode(Uri url, KuboLimits? limits = null) => rpc = new KuboRpc(url, limits ?? KuboLimits.Default);

    public string Name => rpc.Name;

    private string CallLimit => Seconds(rpc.Limits.Call);

    public Task PutAsync(IReadOnlyCollection<Block> blocks, CancellationToken cancel) => Parallel.ForEachAsync(
        blocks, new ParallelOptions { MaxDegreeOfParallelism = rpc.Limits.AtOnce, CancellationToken = cancel }, async (block, stop) => await PutAsync(block, stop));

    public Task<Block?> FindAsync(Cid cid, CancellationToken cancel) =>
        GetAsync(cid, $"arg={cid}&offline=true&timeout={CallLimit}", rpc.Limits.Call, cancel);

    public async Task<Block?> FetchAsync(Cid cid, TimeSpan limit, CancellationToken cancel)
    {
        try
        {
            // The node is told the limit too, so that it does not go on wanting.
            return await GetAsync(cid, $"arg={cid}&timeout={Seconds(limit)}", limit + rpc.Limits.Connect, cancel);
        }
        catch (BlockNodeException e) when (e.InnerException is KuboRefusal)
        {
            return null;
        }
    }

    public async Task<long?> SizeAsync(Cid cid, CancellationToken cancel)
    {
        try
        {
            JsonElement answer = await rpc.AskAsync("block/stat", $"arg={cid}&offline=true&timeout={CallLimit}", rpc.Limits.Call, cancel);
            return IsNamed(answer, "Key", cid) && answer.TryGetProperty("Size", out JsonElement size) && size.TryGetInt64(out long bytes)
                ? bytes
                : throw rpc.Fault("block/stat", $"its answer does not speak of {cid}");
        }
        catch (BlockNodeException e) when (Says(e, NotHere))
        {
            return null;
        }
    }

    public async Task PinAsync(Cid root, Cid? superseded, CancellationToken cancel)
    {
        if (superseded is { } old && old != root)
        {
            if (knowsPinUpdate && await TryUpdatePinAsync(old, root, cancel))
                return;
            await AddPinAsync(root, cancel);
            await UnpinAsync(old, cancel);
            return;
        }
        await AddPinAsync(root, cancel);
    }

    public async Task<bool> IsPinnedAsync(Cid root, CancellationToken cancel)
    {
        try
        {
            JsonElement answer = await rpc.AskAsync("pin/ls", $"arg={root}&type=recursive", rpc.Limits.Call, cancel);
            return answer.TryGetProperty("Keys", out JsonElement keys) && keys.ValueKind == JsonValueKind.Object
                && keys.EnumerateObject().Any(key => Cid.TryParse(key.Name, out Cid cid) && cid == root);
        }
        catch (BlockNodeException e) when (Says(e, NotPinned))
        {
            return false;
        }
    }

    public async Task UnpinAsync(Cid root, CancellationToken cancel)
    {
        try
        {
            await rpc.AskAsync("pin/rm", $"arg={root}&recursive=true", rpc.Limits.Work, cancel);
        }
        catch (BlockNodeException e) when (Says(e, NotPinned))
        {
            // Somebody else, or an earlier try of ours, was faster.
        }
    }

    public async Task CollectAsync(CancellationToken cancel) =>
        await rpc.StreamAsync("repo/gc", "", rpc.Limits.Work, line =>
        {
            if (line.ValueKind == JsonValueKind.Object && line.TryGetProperty("Error", out JsonElement error) && error.ToString() is { Length: > 0 } reason)
                throw rpc.Fault("repo/gc", reason);
        }, cancel);

    public async Task ConnectAsync(string multiaddress, CancellationToken cancel) =>
        await rpc.AskAsync("swarm/connect", $"arg={Uri.EscapeDataString(multiaddress)}&timeout={Seconds(rpc.Limits.Dial)}", rpc.Limits.Dial + rpc.Limits.Connect, cancel);

    public async Task<BlockNodeDescription> DescribeAsync(CancellationToken cancel)
    {
        JsonElement id = await rpc.AskAsync("id", "", rpc.Limits.Call, cancel);
        JsonElement version = await rpc.AskAsync("version", "", rpc.Limits.Call, cancel);
        JsonElement config = await rpc.AskAsync("config/show", "", rpc.Limits.Call, cancel);
        if (Text(id, "ID") is not { Length: > 0 } peer)
            throw rpc.Fault("id", "its answer names no peer; is this the RPC address of an IPFS node");
        IEnumerable<string> addresses = id.TryGetProperty("Addresses", out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(address => address.ToString()) : [];
        string agent = Text(id, "AgentVersion") is { Length: > 0 } named ? named : Text(version, "Version") ?? "unknown";
        return new BlockNodeDescription(peer, agent, [.. addresses], KuboAdvice.Of(config));
    }

    public void Dispose() => rpc.Dispose();

    private async Task PutAsync(Block block, CancellationToken cancel)
    {
        bool asCidCodec = takesCidCodec;
        if (await TryPutAsync(block, asCidCodec, cancel))
            return;
        // js-ipfs passes over 'cid-codec' and takes 'format', which Kubo has given up.
        if (!asCidCodec || !await TryPutAsync(block, asCidCodec: false, cancel))
            throw rpc.Fault("block/put", $"it names the block otherwise than {block.Cid}");
        takesCidCodec = false;
    }

    /// <summary>False when the node gave the block another name.</summary>
    private async Task<bool> TryPutAsync(Block block, bool asCidCodec, CancellationToken cancel)
    {
        string codec = Codec.NameOf(block.Cid.Codec);
        string query = asCidCodec ? $"cid-codec={codec}&mhtype=sha2-256" : $"format={codec}&mhtype=sha2-256&version=1";
        using var content = new MultipartFormDataContent();
        var file = new ReadOnlyMemoryContent(block.Data);
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Add(file, "file", "block");
        JsonElement answer = await rpc.AskAsync("block/put", query, rpc.Limits.Call, cancel, content);
        return IsNamed(answer, "Key", block.Cid);
    }

    private async Task<Block?> GetAsync(Cid cid, string query, TimeSpan limit, CancellationToken cancel)
    {
        try
        {
            byte[] bytes = await rpc.ReadAsync("block/get", query, limit, Block.MaxLength, cancel);
            return Block.TryVerify(cid, bytes, out Block? block) ? block : null;
        }
        catch (BlockNodeException e) when (Says(e, NotHere))
        {
            return null;
        }
    }

    private async Task AddPinAsync(Cid root, CancellationToken cancel)
    {
        bool isPinned = false;
        // With progress the node gives signs of life; nothing of ours is told to the world's routing tables by the way.
        await rpc.StreamAsync("pin/add", $"arg={root}&recursive=true&progress=true&fast-provide-root=false&fast-provide-dag=false", rpc.Limits.Work, line =>
        {
            if (line.ValueKind == JsonValueKind.Object && line.TryGetProperty("Pins", out JsonElement pins) && pins.ValueKind == JsonValueKind.Array)
                isPinned |= pins.EnumerateArray().Any(pin => Cid.TryParse(pin.ToString(), out Cid cid) && cid == root);
        }, cancel);
        if (!isPinned)
            throw rpc.Fault("pin/add", $"its answer does not say that {root} is pinned");
    }

    /// <summary>False where the node does not know the call, or has not pinned the old root: then the new one is to be added.</summary>
    private async Task<bool> TryUpdatePinAsync(Cid from, Cid to, CancellationToken cancel)
    {
        try
        {
            await rpc.AskAsync("pin/update", $"arg={from}&arg={to}&unpin=true&fast-provide-root=false&fast-provide-dag=false", rpc.Limits.Work, cancel);
            return true;
        }
        catch (BlockNodeException e) when (e.InnerException is KuboRefusal { Status: HttpStatusCode.NotFound })
        {
            knowsPinUpdate = false;
            return false;
        }
        catch (BlockNodeException e) when (Says(e, NotPinned))
        {
            return false;
        }
    }

    private static bool IsNamed(JsonElement answer, string field, Cid cid) =>
        Text(answer, field) is { } text && Cid.TryParse(text, out Cid named) && named == cid;

    private static string? Text(JsonElement answer, string field) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Says(BlockNodeException e, string[] words) =>
        e.InnerException is KuboRefusal refusal && words.Any(word => refusal.Message.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (long)span.TotalMilliseconds)}ms");
}
