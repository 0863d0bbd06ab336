using System.Diagnostics;

namespace Defms.Gateway.Tests;

public sealed class ProgramTests
{
    [Fact]
    public async Task It_says_what_it_is_and_fails_until_it_can_do_something()
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "defms-gateway")) { RedirectStandardError = true };
        using Process gateway = Process.Start(start)!;
        string said = await gateway.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await gateway.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("defms-gateway", said, StringComparison.Ordinal);
        Assert.Equal(1, gateway.ExitCode);
    }
}
