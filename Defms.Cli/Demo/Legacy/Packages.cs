using System.Diagnostics;
using Defms.Cli.Rendering;

namespace Defms.Cli.Demo.Legacy;

/// <summary>Offers to install the servers that are missing. Nothing is installed unless somebody types yes.</summary>
internal static class Packages
{
    private const string Installer = "apt-get";

    /// <summary>The words of the command that installs these packages.</summary>
    public static string[] Command(IEnumerable<string> packages) => [Installer, "install", "--no-install-recommends", .. packages];

    /// <summary>Asks, where the answer could be carried out: by root, on Debian or its like, at a terminal. Whether they are installed now.</summary>
    public static async Task<bool> OfferAsync(Screen screen, IReadOnlyList<string> packages, CancellationToken cancel)
    {
        if (packages.Count == 0 || !Environment.IsPrivilegedProcess || !screen.IsTerminal || Console.IsInputRedirected || Programs.Find(Installer) is not { } program)
            return false;
        string[] words = Command(packages);
        screen.Sentence($"Not installed: {string.Join(", ", packages)}. Debian starts its servers when they are installed; this demonstration runs copies of its own.");
        screen.Text($"Run '{string.Join(' ', words)}' now? [y/N] ");
        screen.Flush();
        if (Console.ReadLine()?.Trim().ToLowerInvariant() is not ("y" or "yes"))
            return false;
        // With the person's terminal: the packages may ask something themselves.
        using Process install = Process.Start(new ProcessStartInfo(program, words[1..]))!;
        await install.WaitForExitAsync(cancel);
        return install.ExitCode == 0;
    }
}
