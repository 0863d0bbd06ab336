using System.Text;
using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.Faults;

/// <summary>What a store holds.</summary>
/// <param name="Mails">The different octets, a character each, sorted.</param>
/// <param name="Messages">Their copies counted too, and the records for the owner's other machines.</param>
internal sealed record Contents(IReadOnlyList<string> Mails, int Messages);

/// <summary>What must be true of a store after whatever happened to the program, with nobody mending anything by hand.</summary>
internal static class Rule
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>What a home consists of: a person's, one that is open or was left by a killed program, a gateway's.</summary>
    private static readonly string[] Whole = ["identity", "store.db", "store.db-wal", "store.db-shm", "smtp-certificate.pem"];

    /// <summary>That the store is sound and nothing else lies beside it; the mails in it.</summary>
    /// <param name="what">The round, for the message of a failure.</param>
    public static async Task<Contents> ReadAsync(string home, string what)
    {
        int messages = await AssertSoundAsync(home, what);
        string file = home + ".json";
        Result exported = await RunAsync(home, "export", "--all", "--format", "json", "--out", file, "--force");
        Assert.True(exported.ExitCode == 0, $"{what}: export ended with {exported.ExitCode}\n{exported.Errors}");
        return new Contents([.. (await File.ReadAllLinesAsync(file)).Select(OctetsOf).Order(StringComparer.Ordinal)], messages);
    }

    /// <summary>That every block, signature and index entry is right, and that no half-written file stays; how many messages there are.</summary>
    public static async Task<int> AssertSoundAsync(string home, string what)
    {
        Result verified = await RunAsync(home, "verify", "--json");
        Assert.True(verified.ExitCode == 0, $"{what}: verify ended with {verified.ExitCode}\n{verified.Text}{verified.Errors}");
        string[] left = [.. Directory.EnumerateFileSystemEntries(home).Select(Path.GetFileName).OfType<string>().Except(Whole)];
        Assert.True(left.Length == 0, $"{what}: {string.Join(", ", left)} stayed in the home");
        return verified.Json.GetProperty("messages").GetInt32();
    }

    /// <summary>That each of these mails is there once, byte for byte, and nothing else.</summary>
    public static void AssertAll(IReadOnlyCollection<string> sent, Contents got, string what)
    {
        AssertNoneTwice(sent, got, what);
        Assert.True(sent.Count == got.Mails.Count, $"{what}: {got.Mails.Count} mails are there, not the {sent.Count} that were acknowledged");
    }

    /// <summary>That none is there twice, and nothing that nobody wrote.</summary>
    public static void AssertNoneTwice(IEnumerable<string> sent, Contents got, string what)
    {
        Assert.True(got.Messages == got.Mails.Count, $"{what}: {got.Messages} messages hold {got.Mails.Count} mails");
        Assert.True(!got.Mails.Except(sent, StringComparer.Ordinal).Any(), $"{what}: a mail is there that nobody wrote");
    }

    /// <summary>That a program which was not killed ended of its own will and said why.</summary>
    public static void AssertEnded(Result result, string what) =>
        Assert.True(result.ExitCode is 0 or 1 or 4 or 137, $"{what}: exit code {result.ExitCode}\n{result.Errors}");

    public static Task<Result> RunAsync(string home, params string[] arguments) =>
        Programs.RunAsync([.. arguments, "--home", home], limit: Patience);

    private static string OctetsOf(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return Encoding.Latin1.GetString(document.RootElement.GetProperty("octets").GetBytesFromBase64());
    }
}
