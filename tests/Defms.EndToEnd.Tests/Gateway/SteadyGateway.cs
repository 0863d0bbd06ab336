using System.Globalization;
using System.Text;
using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>A gateway that may die and start again, and is found at the same ports all the time.</summary>
internal sealed class SteadyGateway : IAsyncDisposable
{
    private SteadyGateway()
    {
    }

    public GatewayProgram Program { get; private set; } = null!;

    /// <summary>Where mail comes.</summary>
    public Relay Smtp { get; } = new();

    /// <summary>Where people's machines ask.</summary>
    public Relay Peers { get; } = new();

    /// <param name="more">Lines behind the configuration, with their sections.</param>
    public static async Task<SteadyGateway> MakeAsync(string more)
    {
        var gateway = new SteadyGateway();
        gateway.Program = await GatewayProgram.MakeAsync(
            $"[gateway]\nendpoint = http://127.0.0.1:{gateway.Peers.Port.ToString(CultureInfo.InvariantCulture)}\nlog-format = json\n{more}\n");
        return gateway;
    }

    public async Task LaunchAsync()
    {
        await Program.LaunchAsync();
        Smtp.Target = Program.SmtpPort;
        Peers.Target = new Uri(Program.Url).Port;
    }

    /// <summary>Kills it; what it had open then, as Linux names it.</summary>
    public async Task<IReadOnlyList<string>> KillAsync()
    {
        IReadOnlyList<string> open = Program.OpenFiles();
        await Program.KillAsync();
        return open;
    }

    /// <summary>That nothing it wrote holds a word of a mail, and that nothing was written where nobody could look.</summary>
    public void AssertNoWord(IReadOnlyList<string>? open = null)
    {
        Assert.DoesNotContain(open ?? [], IsUnnamedFile);
        Assert.Empty(Canary.Find([Program.Folder], Program.Log));
    }

    /// <summary>The octets of every mail that somebody has, a character each.</summary>
    public static async Task<string[]> MailsOfAsync(Person person)
    {
        string all = person.File("all.json");
        (await Programs.RunAsync(["export", "--all", "--format", "json", "--out", all, "--force", "--home", person.Home], limit: TimeSpan.FromMinutes(3))).Expect(0);
        return [.. (await File.ReadAllLinesAsync(all)).Select(line => Encoding.Latin1.GetString(JsonDocument.Parse(line).RootElement.GetProperty("octets").GetBytesFromBase64()))];
    }

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        await Smtp.DisposeAsync();
        await Peers.DisposeAsync();
    }

    /// <summary>A file without a name. The runtime keeps code and not mail in one in memory.</summary>
    private static bool IsUnnamedFile(string target) =>
        target.StartsWith('/') && target.EndsWith(" (deleted)", StringComparison.Ordinal) && !target.StartsWith("/memfd:doublemapper", StringComparison.Ordinal);
}
