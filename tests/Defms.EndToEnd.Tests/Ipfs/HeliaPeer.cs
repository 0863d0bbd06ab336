using System.Diagnostics;
using System.Text.Json;
using Defms.Cli.Demo;

namespace Defms.EndToEnd.Tests.Ipfs;

/// <summary>Helia, written by others, with a trustless gateway as the only place where it gets blocks.</summary>
internal sealed class HeliaPeer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process process;

    private HeliaPeer(Process process) => this.process = process;

    /// <summary>Starts it; skips the test where it cannot be had.</summary>
    public static async Task<HeliaPeer> StartAsync(string gateway)
    {
        string peers = "";
        try
        {
            peers = await IpfsPeers.PrepareAsync("helia", _ => { }, CancellationToken.None);
        }
        catch (DemoException e)
        {
            Assert.Skip($"Needs Helia. {e.Message}");
        }
        var start = new ProcessStartInfo("node", [Path.Combine(peers, "peer.mjs"), "--gateway", gateway])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var peer = new HeliaPeer(Process.Start(start)!);
        peer.process.BeginErrorReadLine();
        Assert.True((await peer.AnswerAsync()).TryGetProperty("ready", out _));
        return peer;
    }

    public async Task<JsonElement> AskAsync(string command)
    {
        await process.StandardInput.WriteLineAsync(command);
        await process.StandardInput.FlushAsync();
        return await AnswerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    private async Task<JsonElement> AnswerAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        string? line = await process.StandardOutput.ReadLineAsync(limit.Token);
        Assert.True(line is not null, "Helia ended.");
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}
