using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;
using Defms.Daemon.Tests.Fixtures;

namespace Defms.Daemon.Tests;

/// <summary>The built program as a process of its own.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly string folder = Directory.CreateTempSubdirectory("defms-daemon-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task It_says_where_it_listens_answers_and_ends_with_0_on_sigterm()
    {
        using Process daemon = Start(MakeHome(null), null, "--json");
        using JsonDocument ready = JsonDocument.Parse((await daemon.StandardOutput.ReadLineAsync())!);
        var url = new Uri(ready.RootElement.GetProperty("listening")[0].GetString()!);
        using (var client = new RawClient(url))
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health")).Status);
        Assert.Equal(0, await TerminateAsync(daemon));
    }

    [Fact]
    public async Task A_locked_identity_needs_its_passphrase()
    {
        string home = MakeHome("open sesame");
        using Process without = Start(home, null);
        Assert.Contains("passphrase", await without.StandardError.ReadToEndAsync());
        await without.WaitForExitAsync();
        Assert.Equal(1, without.ExitCode);
        using Process with = Start(home, "open sesame");
        Assert.StartsWith("listening on http://127.0.0.1:", await with.StandardOutput.ReadLineAsync());
        Assert.Equal(0, await TerminateAsync(with));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told_and_ends_with_1()
    {
        await using Person other = await Person.ReachableAsync("Other");
        string place = other.Url.ToString().TrimEnd('/');
        using Process daemon = Start(MakeHome(null), null, "--listen", place);
        string errors = await daemon.StandardError.ReadToEndAsync();
        await daemon.WaitForExitAsync();
        Assert.Equal(1, daemon.ExitCode);
        Assert.Contains("--listen", errors);
        Assert.Contains("address already in use", errors);
    }

    private string MakeHome(string? passphrase)
    {
        using var seed = RecoverySeed.Create(RandomSource.System);
        using var identity = Identity.From(seed);
        string path = Path.Combine(folder, "home");
        using Home home = Home.Create(path, identity, passphrase, RandomSource.System);
        home.Store.Write(tables => OwnCard.Change(tables, identity, profile => profile with { Name = "Bob" }, TimeProvider.System.GetUtcNow()));
        return path;
    }

    private static Process Start(string home, string? passphrase, params string[] options)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "defms-daemon.dll");
        string[] listen = options.Contains("--listen") ? [] : ["--listen", "http://127.0.0.1:0"];
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", program, "--home", home, .. listen, .. options])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("DEFMS_PASSPHRASE");
        if (passphrase is not null)
            start.Environment["DEFMS_PASSPHRASE"] = passphrase;
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private static async Task<int> TerminateAsync(Process process)
    {
        using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString()]))
            await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(Limit);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }
}
