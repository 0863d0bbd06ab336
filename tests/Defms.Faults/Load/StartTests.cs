using System.Diagnostics;
using Defms.EndToEnd.Tests.Cli;
using Defms.Faults.Commands;
using Defms.Faults.Servers;
using Defms.Faults.Tracing;

namespace Defms.Faults.Load;

/// <summary>How long the first start takes after a crash that left a long log.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task After_a_crash_the_daemon_serves_again_within_five_seconds_at_ten_thousand_messages()
    {
        Strace.Require();
        int mails = Form.Of(10_000, 200);
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await OldMails.WriteAsync(alice.File("mails"), mails, isSmall: true);
        (await Programs.RunAsync(["import", alice.File("mails"), "--home", alice.Home], limit: TimeSpan.FromMinutes(10))).Expect(0);
        await OldMails.WriteAsync(alice.File("more"), mails / 5, "more", isSmall: true);
        // The second sync of the log is that of a whole batch.
        Result killed = await Strace.RunAsync(alice.File("trace"), new Fault(Harm.Kill, "fdatasync", 3), ["import", alice.File("more"), "--home", alice.Home]);
        Assert.Equal(137, killed.ExitCode);
        Assert.True(new FileInfo(Path.Combine(alice.Home, "store.db-wal")).Length > 0);

        await using DaemonProgram daemon = DaemonProgram.At(alice);
        long start = Stopwatch.GetTimestamp();
        await daemon.LaunchAsync();
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        TestContext.Current.TestOutputHelper?.WriteLine($"{took.TotalSeconds:0.00} s at {mails} messages");
        // A machine that runs all other tests at the same time is not measured.
        Assert.True(took < TimeSpan.FromSeconds(Form.Of(5, 60)), $"the start took {took}");
    }
}
