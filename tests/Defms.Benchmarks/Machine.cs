using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Defms.Benchmarks;

/// <summary>Where it was measured, and with what.</summary>
internal static partial class Machine
{
    private const double GigaByte = 1e9;

    /// <summary>Processor, memory, file system, system, runtime.</summary>
    public static string Describe()
    {
        string processor = LineOf("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        double memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / GigaByte;
        string disk = new DriveInfo(Path.GetTempPath()).DriveFormat;
        string system = LineOf("/etc/os-release", "PRETTY_NAME")?.Trim('"') ?? RuntimeInformation.OSDescription;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} cores of {processor}, {memory:0} GB, {disk}, {system}, {RuntimeInformation.FrameworkDescription}");
    }

    /// <summary>Defms and the peers, as they name their versions themselves.</summary>
    public static string Versions(IEnumerable<string> peers) =>
        string.Join(", ", peers.Select(VersionOf).Prepend($"Defms {Ask(Programs.Find("defms"), "--version")} at {Ask("git", "-C", Programs.Repository, "rev-parse", "--short", "HEAD")}"));

    private static string VersionOf(string peer) => $"{peer} " + peer switch
    {
        "Dovecot" => Ask("dovecot", "--version"),
        "mbsync" => Ask("mbsync", "--version"),
        "notmuch" => Ask("notmuch", "--version"),
        "Postfix" => Ask("/usr/sbin/postconf", "-h", "mail_version"),
        "Node.js" => Ask("node", "--version"),
        "Helia" => PeerFigures.Version,
        _ => throw new ArgumentOutOfRangeException(nameof(peer)),
    };

    /// <summary>The first number with a point in what a program prints; else all of it.</summary>
    private static string Ask(string program, params string[] arguments)
    {
        try
        {
            using Process asked = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string said = asked.StandardOutput.ReadToEnd().Trim();
            asked.WaitForExit();
            return Number().Match(said) is { Success: true, Value: var number } ? number : said.Length > 0 ? said : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "not installed";
        }
    }

    private static string? LineOf(string file, string key) => !File.Exists(file) ? null
        : File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) is { } line ? line[(line.IndexOfAny([':', '=']) + 1)..].Trim() : null;

    [GeneratedRegex(@"\d+\.\d[\w.+-]*", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
