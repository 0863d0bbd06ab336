using System.Diagnostics;
using System.Text.Json;
using Defms.Core;

namespace Defms.Benchmarks;

/// <summary>
/// Helia to Helia over bitswap in the same run: plain blocks of 4 KiB. The peer answers its commands one after another, so this shows how
/// long one block takes, not what many at once reach (1,221 blocks/s were measured elsewhere with 256 in flight). Needs Node and the
/// peers of ../shared/ipfs-peers (or the folder in DEFMS_IPFS_PEERS), which it installs from npm into the temporary folder.
/// </summary>
internal static class PeerFigures
{
    private const string Rate = "helia.4KiB-blocks-one-at-a-time";
    private const int Blocks = 500;
    private const int Batch = 256;
    private const int BlockBytes = 4096;

    public static async Task RunAsync(Bench bench)
    {
        string source = Environment.GetEnvironmentVariable("DEFMS_IPFS_PEERS") ?? Path.Combine(Programs.Repository, "..", "shared", "ipfs-peers");
        if (!File.Exists(Path.Combine(source, "helia", "peer.mjs")))
        {
            Bench.Skip(Rate, "the folder ipfs-peers with a Helia peer is not here; name it in DEFMS_IPFS_PEERS");
            return;
        }
        if (!await InstallAsync(bench, source))
            return;
        var runs = new List<double>();
        for (int run = 0; run < Bench.Runs; run++)
            runs.Add(await MoveAsync(bench, run));
        bench.Report(Rate, "blocks/s", runs);
        bench.Ratio("host-blocks-to-helia-one-at-a-time", HostFigures.SmallRate, Rate);
        bench.Ratio("delivery-to-helia-one-at-a-time", DeliveryFigures.Rate, Rate);
    }

    private static async Task<bool> InstallAsync(Bench bench, string source)
    {
        string target = Path.Combine(bench.Folder, "ipfs-peers");
        foreach (string file in new[] { "peer.mjs", "node20-polyfill.mjs", "helia/peer.mjs", "helia/package.json", "helia/package-lock.json" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, file))!);
            File.Copy(Path.Combine(source, file), Path.Combine(target, file));
        }
        try
        {
            Bench.Say("installing Helia from npm …");
            using Process npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--omit=peer", "--ignore-scripts", "--no-audit", "--no-fund"])
            {
                WorkingDirectory = Path.Combine(target, "helia"),
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> output = npm.StandardOutput.ReadToEndAsync();
            Task<string> errors = npm.StandardError.ReadToEndAsync();
            await npm.WaitForExitAsync();
            await output;
            if (npm.ExitCode == 0)
                return true;
            Bench.Skip(Rate, $"npm could not install Helia: {(await errors).Split('\n')[0]}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Bench.Skip(Rate, "Node.js with npm is not installed");
        }
        return false;
    }

    private static async Task<double> MoveAsync(Bench bench, int run)
    {
        using var holder = await HeliaPeer.StartAsync(bench.Folder, $"holder{run}");
        using var asker = await HeliaPeer.StartAsync(bench.Folder, $"asker{run}");
        var names = new List<string>(Blocks);
        for (int i = 0; i < Blocks; i++)
            names.Add((await holder.AskAsync($"putraw raw {Convert.ToHexString(RandomSource.System.Bytes(BlockBytes))}")).GetProperty("cid").GetString()!);
        await asker.AskAsync($"connect {holder.Address}");
        double seconds = await Bench.TimeAsync(async () =>
        {
            foreach (string[] batch in names.Chunk(Batch))
                await asker.AskAllAsync(batch.Select(name => $"getraw {name}"));
        });
        return Blocks / seconds;
    }

    private sealed class HeliaPeer : IDisposable
    {
        private readonly Process process;

        private HeliaPeer(Process process, string address)
        {
            this.process = process;
            Address = address;
        }

        public string Address { get; }

        public static async Task<HeliaPeer> StartAsync(string folder, string name)
        {
            var start = new ProcessStartInfo("node", ["peer.mjs", "--repo", Path.Combine(folder, name)])
            {
                WorkingDirectory = Path.Combine(folder, "ipfs-peers"),
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            Process process = Process.Start(start)!;
            process.BeginErrorReadLine();
            string ready = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("Helia did not start.");
            using JsonDocument document = JsonDocument.Parse(ready);
            JsonElement address = document.RootElement.GetProperty("addr");
            return new HeliaPeer(process, address.ValueKind == JsonValueKind.Array ? address[0].GetString()! : address.GetString()!);
        }

        public async Task<JsonElement> AskAsync(string command) => (await AskAllAsync([command]))[0];

        /// <summary>Sends commands at once and reads as many answers.</summary>
        public async Task<List<JsonElement>> AskAllAsync(IEnumerable<string> commands)
        {
            int count = 0;
            foreach (string command in commands)
            {
                await process.StandardInput.WriteLineAsync(command);
                count++;
            }
            await process.StandardInput.FlushAsync();
            var answers = new List<JsonElement>(count);
            for (int i = 0; i < count; i++)
                answers.Add(Read(await process.StandardOutput.ReadLineAsync()));
            return answers;
        }

        public void Dispose()
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(TimeSpan.FromSeconds(5)))
                process.Kill();
            process.Dispose();
        }

        private static JsonElement Read(string? line)
        {
            using JsonDocument document = JsonDocument.Parse(line ?? throw new InvalidOperationException("Helia ended."));
            return document.RootElement.TryGetProperty("error", out JsonElement error)
                ? throw new InvalidOperationException($"Helia: {error.GetString()}")
                : document.RootElement.Clone();
        }
    }
}
