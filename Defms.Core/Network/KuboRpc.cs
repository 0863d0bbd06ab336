using System.Net;
using System.Text.Json;
using Defms.Core.Blocks;

namespace Defms.Core.Network;

/// <summary>
/// Calls of the Kubo RPC (docs.ipfs.tech/reference/kubo/rpc): POST to <c>/api/v0/CALL</c>, arguments in the query. Connections are kept and
/// shared; neither redirects nor proxies are followed. A refusal is told with the name of the call.
/// </summary>
internal sealed class KuboRpc : IDisposable
{
    /// <summary>Below what nodes keep idle connections for.</summary>
    private static readonly TimeSpan KeepIdle = TimeSpan.FromSeconds(30);

    /// <summary>The longest answer that is read, a node's settings; blocks are read by themselves.</summary>
    private const int MaxAnswerLength = 4 * 1024 * 1024;

    private const int MaxReasonLength = 300;

    private readonly HttpClient http;
    private readonly Uri api;

    public KuboRpc(Uri url, KuboLimits limits)
    {
        Limits = limits;
        Name = url.AbsoluteUri.TrimEnd('/');
        api = new Uri(Name + "/api/v0/");
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = limits.Connect,
            MaxConnectionsPerServer = limits.AtOnce,
            MaxResponseHeadersLength = 16,
            PooledConnectionIdleTimeout = KeepIdle,
        };
        http = new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public string Name { get; }

    public KuboLimits Limits { get; }

    /// <summary>Calls, and reads a JSON answer of one document.</summary>
    public async Task<JsonElement> AskAsync(string call, string query, TimeSpan limit, CancellationToken cancel, HttpContent? content = null)
    {
        byte[] answer = await ReadAsync(call, query, limit, MaxAnswerLength, cancel, content);
        return Parse(call, answer);
    }

    /// <summary>Calls, and reads an answer of at most so many bytes.</summary>
    /// <param name="limit">For all of it.</param>
    public Task<byte[]> ReadAsync(string call, string query, TimeSpan limit, int maxLength, CancellationToken cancel, HttpContent? content = null) =>
        WithinAsync(call, limit, async (timer, stop) =>
        {
            using HttpResponseMessage response = await SendAsync(call, query, content, stop);
            await using Stream body = await response.Content.ReadAsStreamAsync(stop);
            using var bytes = new MemoryStream();
            byte[] buffer = new byte[64 * 1024];
            for (int read; (read = await body.ReadAsync(buffer, stop)) > 0;)
            {
                if (bytes.Length + read > maxLength)
                    throw Fault(call, $"its answer is longer than {maxLength} bytes");
                bytes.Write(buffer, 0, read);
            }
            return bytes.ToArray();
        }, cancel);

    /// <summary>Calls, and hands out an answer of JSON lines one by one.</summary>
    /// <param name="quiet">How long the node may say nothing.</param>
    public Task<bool> StreamAsync(string call, string query, TimeSpan quiet, Action<JsonElement> take, CancellationToken cancel) =>
        WithinAsync(call, quiet, async (timer, stop) =>
        {
            using HttpResponseMessage response = await SendAsync(call, query, null, stop);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(stop));
            while (await reader.ReadLineAsync(stop) is { } line)
            {
                timer.CancelAfter(quiet);
                if (line.Length > MaxAnswerLength)
                    throw Fault(call, $"a line of its answer is longer than {MaxAnswerLength} characters");
                if (line.Length > 0)
                    take(Parse(call, System.Text.Encoding.UTF8.GetBytes(line)));
            }
            // A node that fails in the middle of a stream says so behind it.
            if (response.TrailingHeaders.TryGetValues("X-Stream-Error", out IEnumerable<string>? errors))
                throw Fault(call, Cut(errors.First()));
            return true;
        }, cancel);

    /// <summary>A sentence with the node, the call and the reason.</summary>
    public BlockNodeException Fault(string call, string reason, Exception? inner = null) =>
        new($"The IPFS node at {Name} did not do '{call}': {reason}.", inner);

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(string call, string query, HttpContent? content, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(api, $"{call}?{query}")) { Content = content };
        HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        if (response.StatusCode == HttpStatusCode.OK)
            return response;
        using (response)
            throw new KuboRefusal(await ReasonAsync(response, stop), response.StatusCode);
    }

    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken stop)
    {
        byte[] start = new byte[16 * 1024];
        int read = await (await response.Content.ReadAsStreamAsync(stop)).ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, stop);
        string text = System.Text.Encoding.UTF8.GetString(start, 0, read);
        try
        {
            using JsonDocument error = JsonDocument.Parse(text);
            if (error.RootElement.ValueKind == JsonValueKind.Object && error.RootElement.TryGetProperty("Message", out JsonElement message))
                text = message.ToString();
        }
        catch (JsonException)
        {
            // A proxy, or something that is no node, answers in words of its own.
        }
        return text.Length > 0 ? Cut(text) : $"status {(int)response.StatusCode}";
    }

    /// <summary>One line, of a length that a person reads.</summary>
    private static string Cut(string reason)
    {
        string line = string.Concat(reason.Select(c => char.IsControl(c) ? ' ' : c)).Trim().TrimEnd('.');
        return line.Length <= MaxReasonLength ? line : line[..MaxReasonLength] + "…";
    }

    private async Task<T> WithinAsync<T>(string call, TimeSpan limit, Func<CancellationTokenSource, CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(limit);
        try
        {
            return await work(timer, timer.Token);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw Fault(call, $"there was no answer within {limit.TotalSeconds:0.#} seconds", e);
        }
        catch (KuboRefusal e)
        {
            throw Fault(call, e.Message, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Fault(call, Cut(e.InnerException?.Message ?? e.Message), e);
        }
    }

    private JsonElement Parse(string call, byte[] answer)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw Fault(call, "its answer is no JSON; is this the RPC address of an IPFS node", e);
        }
    }
}

/// <summary>The node answered that it will not; the message is its reason.</summary>
internal sealed class KuboRefusal(string message, HttpStatusCode status) : Exception(message)
{
    public HttpStatusCode Status { get; } = status;
}
