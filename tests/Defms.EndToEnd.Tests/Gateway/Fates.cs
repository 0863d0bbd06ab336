using System.Diagnostics;
using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>What the author of a mail sees of each recipient.</summary>
internal static class Fates
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Of a conversation's first mail, once it is what is waited for, or after some minutes as it is then.</summary>
    public static async Task<Dictionary<string, (string State, string Detail)>> OfAsync(
        Person person, string thread, Func<Dictionary<string, (string State, string Detail)>, bool> isThere)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            (await person.RunAsync("sync")).Expect(0);
            JsonElement shown = (await person.JsonAsync("show", thread)).GetProperty("messages")[0];
            Dictionary<string, (string State, string Detail)> fates = shown.GetProperty("deliveries").EnumerateArray().ToDictionary(
                row => row.GetProperty("address").GetString()!, row => (row.GetProperty("state").GetString()!, row.GetProperty("detail").GetString() ?? ""));
            if (isThere(fates) || Stopwatch.GetElapsedTime(start) > Patience)
                return fates;
        }
    }
}
