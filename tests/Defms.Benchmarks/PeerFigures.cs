using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Defms.Core;

namespace Defms.Benchmarks;

/// <summary>
/// Helia to Helia over bitswap in the same run: plain blocks of 4 KiB from one process to another, 256 asked for at a time, blocks in files. Needs Node
/// and the peers of ../shared/ipfs-peers (or the folder in DEFMS_IPFS_PEERS), which it installs from npm into the temporary folder.
/// </summary>
internal static class PeerFigures
{
    private const string Rate = "helia.4KiB-blocks";
    private const string Script = "helia-fetch.mjs";
    private const int Blocks = 2_000;
    private const int InFlight = 256;
    private const int BlockBytes = 4096;

    private static readonly string Source =
        Environment.GetEnvironmentVariable("DEFMS_IPFS_PEERS") ?? Path.Combine(Programs.Repository, "..", "shared", "ipfs-peers");

    /// <summary>Of Helia, as its lock file pins it.</summary>
    public static string Version
    {
        get
        {
            string file = Path.Combine(Source, "helia", "package.json");
            if (!File.Exists(file))
                return "not here";
            using JsonDocument package = JsonDocument.Parse(File.ReadAllText(file));
            return package.RootElement.GetProperty("dependencies").GetProperty("helia").GetString()!;
        }
    }

    public static async Task RunAsync(Bench bench)
    {
        if (!File.Exists(Path.Combine(Source, "helia", "peer.mjs")))
        {
            bench.Skip(Rate, "the folder ipfs-peers with a Helia peer is not here; name it in DEFMS_IPFS_PEERS");
            return;
        }
        if (!await InstallAsync(bench))
            return;
        var runs = new List<double>();
        for (int run = 0; run < Bench.Runs; run++)
            runs.Add(await MoveAsync(bench, run));
        bench.Report(Rate, "blocks/s", runs);
        bench.Ratio("host-blocks-to-helia", HostFigures.SmallRate, Rate, target: 10);
        bench.Ratio("delivered-mails-to-helia-blocks", DeliveryFigures.Rate, Rate);
    }

    private static async Task<bool> InstallAsync(Bench bench)
    {
        string target = Path.Combine(bench.Folder, "ipfs-peers");
        foreach (string file in new[] { "peer.mjs", "node20-polyfill.mjs", "helia/peer.mjs", "helia/package.json", "helia/package-lock.json" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, file))!);
            File.Copy(Path.Combine(Source, file), Path.Combine(target, file));
        }
        File.Copy(Path.Combine(Programs.Repository, "tests", "Defms.Benchmarks", Script), Path.Combine(target, "helia", Script));
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
            bench.Skip(Rate, $"npm could not install Helia: {(await errors).Split('\n')[0]}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            bench.Skip(Rate, "Node.js with npm is not installed");
        }
        return false;
    }

    private static async Task<double> MoveAsync(Bench bench, int run)
    {
        using var holder = await HeliaPeer.StartAsync(bench.Folder, $"holder{run}");
        var names = new List<string>(Blocks);
        for (int i = 0; i < Blocks; i++)
            names.Add((await holder.AskAsync($"putraw raw {Convert.ToHexString(RandomSource.System.Bytes(BlockBytes))}")).GetProperty("cid").GetString()!);
        string[] arguments = [Script, holder.Address, Path.Combine(bench.Folder, $"asker{run}"), $"{InFlight}"];
        using Process asker = Process.Start(new ProcessStartInfo("node", arguments)
        {
            WorkingDirectory = Path.Combine(bench.Folder, "ipfs-peers", "helia"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await asker.StandardInput.WriteAsync(string.Join('\n', names));
        asker.StandardInput.Close();
        string said = await asker.StandardOutput.ReadToEndAsync();
        await asker.WaitForExitAsync();
        return asker.ExitCode == 0 ? Blocks / double.Parse(said, CultureInfo.InvariantCulture) : throw new InvalidOperationException("Helia could not fetch.");
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

        public async Task<JsonElement> AskAsync(string command)
        {
            await process.StandardInput.WriteLineAsync(command);
            await process.StandardInput.FlushAsync();
            return Read(await process.StandardOutput.ReadLineAsync());
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
