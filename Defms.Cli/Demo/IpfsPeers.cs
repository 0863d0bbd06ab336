using System.Diagnostics;
using System.Security.Cryptography;

namespace Defms.Cli.Demo;

/// <summary>
/// IPFS peers that others wrote, as npm packages pinned by lock files: the folder <c>ipfs-peers</c> in a folder <c>shared</c> beside the clone, or in
/// DEFMS_SHARED. The packages are installed once into the person's cache folder, unless they lie there already.
/// </summary>
internal static class IpfsPeers
{
    /// <summary>A cold npm cache and a slow line.</summary>
    private static readonly TimeSpan InstallTime = TimeSpan.FromMinutes(5);

    /// <summary>The folder with scripts and packages of one part (<c>jsipfs</c> or <c>helia</c>).</summary>
    /// <param name="note">Told that something takes longer.</param>
    /// <exception cref="DemoException">Something is missing; the message says what.</exception>
    public static async Task<string> PrepareAsync(string part, Action<string> note, CancellationToken cancel)
    {
        if (Programs.Find("node") is null || Programs.Find("npm") is null)
            throw new DemoException("Node.js (the programs node and npm) is not installed.");
        string scripts = FindScripts() ?? throw new DemoException("The folder ipfs-peers is not there: put it into a folder 'shared' beside the clone, or name that folder in DEFMS_SHARED.");
        if (IsInstalled(scripts, part))
            return scripts;
        string cached = Path.Combine(CacheFolder(), $"ipfs-peers-{part}-{Version(scripts, part)}");
        if (IsInstalled(cached, part))
            return cached;
        note($"Installing the npm packages of {part} into {cached}, once.");
        await InstallAsync(scripts, part, cached, cancel);
        return cached;
    }

    private static bool IsInstalled(string folder, string part) => File.Exists(Path.Combine(folder, part, "node_modules", ".package-lock.json"));

    private static string CacheFolder()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(home, ".cache"), "defms");
    }

    /// <summary>Other packages are another folder.</summary>
    private static string Version(string scripts, string part) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(scripts, part, "package-lock.json"))).AsSpan(0, 6));

    private static string? FindScripts()
    {
        IEnumerable<string> shared = Environment.GetEnvironmentVariable("DEFMS_SHARED") is { Length: > 0 } named ? [named] : [];
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            shared = shared.Append(Path.Combine(folder, "shared"));
        return shared.Select(folder => Path.Combine(folder, "ipfs-peers")).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "peer.mjs")));
    }

    /// <summary>Installs beside the final place and moves there when it is whole: two who do so at once do no harm.</summary>
    private static async Task InstallAsync(string scripts, string part, string final, CancellationToken cancel)
    {
        string making = $"{final}.{Environment.ProcessId}";
        try
        {
            foreach (string file in Directory.EnumerateFiles(scripts).Concat(Directory.EnumerateFiles(Path.Combine(scripts, part))))
            {
                string copy = Path.Combine(making, Path.GetRelativePath(scripts, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                await File.WriteAllBytesAsync(copy, await File.ReadAllBytesAsync(file, cancel), cancel);
            }
            string[] arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=peer", .. part == "jsipfs" ? ["--omit=optional"] : Array.Empty<string>()];
            await RunAsync("npm", arguments, Path.Combine(making, part), cancel);
            if (!Directory.Exists(final))
                Directory.Move(making, final);
        }
        catch (IOException) when (IsInstalled(final, part))
        {
            // Somebody else was faster.
        }
        finally
        {
            if (Directory.Exists(making))
                Directory.Delete(making, recursive: true);
        }
    }

    private static async Task RunAsync(string program, string[] arguments, string folder, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(InstallTime);
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            string errors = await process.StandardError.ReadToEndAsync(limit.Token);
            await output;
            await process.WaitForExitAsync(limit.Token);
            if (process.ExitCode != 0)
                throw new DemoException($"'{program} {arguments[0]}' failed in {folder}: {errors.Trim().Split('\n')[^1]}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new DemoException($"'{program} {arguments[0]}' did not end within {InstallTime.TotalMinutes:0} minutes.");
        }
    }
}
