using System.ComponentModel;
using System.Diagnostics;

namespace Defms.Faults.Disks;

/// <summary>Programs of the system that make and mount disks.</summary>
internal static class Tool
{
    private const int NotFound = 127;

    /// <summary>Its exit code, and what it said.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            string[] said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            return (process.ExitCode, string.Concat(said).Trim());
        }
        catch (Win32Exception e)
        {
            return (NotFound, $"{program}: {e.Message}");
        }
    }
}
