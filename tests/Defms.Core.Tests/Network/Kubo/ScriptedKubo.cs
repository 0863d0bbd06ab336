using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Defms.Core.Blocks;
using Defms.Core.Codecs;

namespace Defms.Core.Tests.Network.Kubo;

/// <summary>What a scripted node does with one call, in place of the documented answer.</summary>
internal enum Misdeed
{
    None,

    /// <summary>Reads the request and says nothing.</summary>
    Silence,

    /// <summary>Closes the connection.</summary>
    Break,

    /// <summary>Answers 500 with an error document.</summary>
    Error,

    /// <summary>Answers something that is no JSON.</summary>
    Garbage,
}

/// <summary>
/// A node with Kubo's documented replies (docs.ipfs.tech/reference/kubo/rpc), blocks by multihash and recursive pins, in memory, on a free
/// loopback port. Tests decide which call goes wrong.
/// </summary>
internal sealed class ScriptedKubo : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly Task loop;

    public ScriptedKubo()
    {
        listener.Start();
        loop = RunAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    /// <summary>Calls so far, with their query.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Decides by number (from 1) and name of the call.</summary>
    public Func<int, string, Misdeed> Script { get; set; } = (_, _) => Misdeed.None;

    /// <summary>By digest, as Kubo keeps them.</summary>
    public Dictionary<string, byte[]> Blocks { get; } = [];

    public HashSet<Cid> Pins { get; } = [];

    public string Config { get; set; } = """{"Provide":{"Enabled":false},"Routing":{"Type":"auto"},"Datastore":{"Spec":{"mounts":[{"child":{"sync":true}}]}}}""";

    /// <summary>Names blocks as js-ipfs does when it is not told 'format'.</summary>
    public bool PassesOverCidCodec { get; init; }

    /// <summary>Whether the node lacks pin/update, as js-ipfs does.</summary>
    public bool LacksPinUpdate { get; init; }

    public int Count(string call) => Calls.Count(line => line.StartsWith(call + "?", StringComparison.Ordinal));

    public bool Has(Cid cid)
    {
        lock (gate)
            return Blocks.ContainsKey(Key(cid));
    }

    public void Lose(Cid cid)
    {
        lock (gate)
            Blocks.Remove(Key(cid));
    }

    public void Alter(Cid cid)
    {
        lock (gate)
            Blocks[Key(cid)] = [.. Blocks[Key(cid)], 0];
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await loop;
        listener.Dispose();
        stopping.Dispose();
    }

    private static string Key(Cid cid) => Convert.ToHexString(cid.Digest);

    private async Task RunAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(ServeAsync(await listener.AcceptTcpClientAsync(stopping.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                var stream = new BufferedStream(client.GetStream(), 64 * 1024);
                while (await ReadHeadAsync(stream) is { } head)
                {
                    byte[] body = new byte[LengthOf(head)];
                    await stream.ReadExactlyAsync(body, stopping.Token);
                    if (!await AnswerAsync(client.GetStream(), head.Split(' ')[1], body))
                        return;
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The client has left, or the test is over.
            }
        }
    }

    private async Task<string?> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (head.Length < 4 || head[^1] != '\n' || head[^3] != '\n')
        {
            if (await stream.ReadAsync(one, stopping.Token) == 0)
                return null;
            head.Append((char)one[0]);
        }
        return head.ToString();
    }

    private static int LengthOf(string head) => head.Split("\r\n")
        .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Select(line => int.Parse(line.Split(':')[1])).FirstOrDefault();

    /// <summary>False when the connection is to be closed.</summary>
    private async Task<bool> AnswerAsync(NetworkStream stream, string target, byte[] body)
    {
        var url = new Uri(Url, target);
        string call = url.AbsolutePath["/api/v0/".Length..];
        Misdeed misdeed;
        lock (gate)
        {
            Calls.Add($"{call}{url.Query}");
            misdeed = Script(Calls.Count, call);
        }
        if (misdeed == Misdeed.Break)
            return false;
        if (misdeed == Misdeed.Silence)
            await Task.Delay(Timeout.Infinite, stopping.Token);
        (int status, byte[] answer) = misdeed switch
        {
            Misdeed.Error => (500, Error("the disk is on fire")),
            Misdeed.Garbage => (200, "<html>hello</html>"u8.ToArray()),
            _ => Do(call, Query(url), body),
        };
        if (status == 0)
            await Task.Delay(Timeout.Infinite, stopping.Token);
        byte[] head = Encoding.ASCII.GetBytes($"HTTP/1.1 {status} X\r\nContent-Length: {answer.Length}\r\n\r\n");
        await stream.WriteAsync((byte[])[.. head, .. answer], stopping.Token);
        return true;
    }

    private static ILookup<string, string> Query(Uri url) => url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2)).ToLookup(pair => pair[0], pair => Uri.UnescapeDataString(pair.ElementAtOrDefault(1) ?? ""));

    private (int Status, byte[] Answer) Do(string call, ILookup<string, string> query, byte[] body)
    {
        lock (gate)
        {
            Cid cid = Cid.TryParse(query["arg"].FirstOrDefault(), out Cid named) ? named : default;
            return call switch
            {
                "block/put" => Put(query, body),
                "block/get" => Blocks.TryGetValue(Key(cid), out byte[]? bytes) ? (200, bytes) : NotHere(cid),
                "block/stat" => Blocks.TryGetValue(Key(cid), out byte[]? bytes) ? (200, Json(new { Key = cid.ToString(), Size = bytes.Length })) : NotHere(cid),
                "pin/add" => Pin(cid),
                "pin/update" => LacksPinUpdate ? (404, "404 page not found"u8.ToArray()) : UpdatePin(cid, query["arg"].Last()),
                "pin/rm" => Pins.Remove(cid) ? (200, Json(new { Pins = new[] { cid.ToString() } })) : (500, Error("not pinned or pinned indirectly")),
                "pin/ls" => Pins.Contains(cid)
                    ? (200, Json(new { Keys = new Dictionary<string, object> { [cid.ToString()] = new { Type = "recursive" } } }))
                    : (500, Error($"path '{cid}' is not pinned")),
                "repo/gc" => Collect(),
                "swarm/connect" => (200, Json(new { Strings = new[] { "connect peer success" } })),
                "id" => (200, Json(new { ID = "12D3KooWScripted", AgentVersion = "kubo/0.39.0/", Addresses = new[] { "/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWScripted" } })),
                "version" => (200, Json(new { Version = "0.39.0" })),
                "config/show" => (200, Encoding.UTF8.GetBytes(Config)),
                _ => (404, "404 page not found"u8.ToArray()),
            };
        }
    }

    private (int Status, byte[] Answer) Put(ILookup<string, string> query, byte[] body)
    {
        // One part: its head ends at the first empty line, and its bytes before the last boundary.
        int start = body.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        int end = body.AsSpan().LastIndexOf("\r\n--"u8);
        byte[] bytes = body[start..end];
        bool isTold = PassesOverCidCodec ? query.Contains("format") : query.Contains("cid-codec");
        string codec = (PassesOverCidCodec ? query["format"] : query["cid-codec"]).FirstOrDefault("raw");
        Cid name = Cid.Of(codec == "dag-cbor" ? Cid.DagCbor : Cid.Raw, bytes);
        Blocks[Key(name)] = bytes;
        string shown = isTold ? name.ToString() : Multibase.Base58(Multihash.Encode(Multihash.Sha2256, name.Digest))[1..];
        return (200, Json(new { Key = shown, Size = bytes.Length }));
    }

    /// <summary>What is missing is asked of a network that has nobody: no answer, ever.</summary>
    private (int Status, byte[] Answer) Pin(Cid root)
    {
        if (Reach(root) is null)
            return (0, []);
        Pins.Add(root);
        return (200, [.. Json(new { Progress = 1 }), .. Json(new { Pins = new[] { root.ToString() } })]);
    }

    private (int Status, byte[] Answer) UpdatePin(Cid from, string target)
    {
        Cid to = Cid.TryParse(target, out Cid named) ? named : default;
        if (!Pins.Contains(from))
            return (500, Error("'from' cid was not recursively pinned already"));
        if (Reach(to) is null)
            return (0, []);
        Pins.Remove(from);
        Pins.Add(to);
        return (200, Json(new { Pins = new[] { from.ToString(), to.ToString() } }));
    }

    private (int Status, byte[] Answer) Collect()
    {
        HashSet<string> kept = [.. Pins.SelectMany(pin => Reach(pin) ?? [])];
        string[] gone = [.. Blocks.Keys.Where(key => !kept.Contains(key))];
        foreach (string key in gone)
            Blocks.Remove(key);
        return (200, [.. gone.SelectMany(key => Json(new { Key = new Dictionary<string, string> { ["/"] = key } }))]);
    }

    /// <summary>Keys of all that lies below a root; null when some of it is not here.</summary>
    private HashSet<string>? Reach(Cid root)
    {
        var reached = new HashSet<string>();
        var open = new Stack<Cid>([root]);
        while (open.TryPop(out Cid cid))
        {
            if (!reached.Add(Key(cid)))
                continue;
            if (!Blocks.TryGetValue(Key(cid), out byte[]? bytes) || !Block.TryVerify(cid, bytes, out Block? block))
                return null;
            foreach (Cid link in DagCborLinks.Of(block))
                open.Push(link);
        }
        return reached;
    }

    private static (int Status, byte[] Answer) NotHere(Cid cid) => (500, Error($"block was not found locally (offline): ipld: could not find {cid}"));

    private static byte[] Error(string message) => Json(new { Message = message, Code = 0, Type = "error" });

    private static byte[] Json(object value) => [.. JsonSerializer.SerializeToUtf8Bytes(value), (byte)'\n'];
}
