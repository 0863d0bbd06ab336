using System.Diagnostics;

namespace Defms.Benchmarks;

/// <summary>The built daemon on a free loopback port.</summary>
internal sealed class DaemonProcess : IDisposable
{
    private const string ReadyPrefix = "listening on ";

    private readonly Process process;

    private DaemonProcess(Process process, string url)
    {
        this.process = process;
        Url = url;
    }

    public string Url { get; }

    public int Id => process.Id;

    /// <summary>Bytes of memory it holds now (VmRSS).</summary>
    public long ResidentBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{process.Id}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) * 1024;
        }
    }

    /// <summary>Processor time it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public static async Task<DaemonProcess> StartAsync(string home)
    {
        var start = new ProcessStartInfo(Programs.Find("defms-daemon"), ["--home", home, "--listen", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) => { };
        process.BeginErrorReadLine();
        string? text;
        do
        {
            text = await process.StandardOutput.ReadLineAsync();
        }
        while (text is not null && !text.StartsWith(ReadyPrefix, StringComparison.Ordinal));
        return text is null ? throw new InvalidOperationException("The daemon did not start.") : new DaemonProcess(process, text[ReadyPrefix.Length..].Trim());
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}

/// <summary>Where the built programs are.</summary>
internal static class Programs
{
    /// <summary>The folder that holds Defms.sln.</summary>
    public static string Repository { get; } = FindUp(AppContext.BaseDirectory);

    public static string Find(string name)
    {
        string path = Path.Combine(Repository, "artifacts", "app", name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not there; run ./bench, which builds it.");
    }

    private static string FindUp(string folder) =>
        File.Exists(Path.Combine(folder, "Defms.sln")) ? folder
        : Path.GetDirectoryName(folder) is { } parent ? FindUp(parent)
        : throw new DirectoryNotFoundException("The benchmarks run from a clone of Defms.");
}
