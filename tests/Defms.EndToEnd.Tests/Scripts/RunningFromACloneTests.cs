namespace Defms.EndToEnd.Tests.Scripts;

public sealed class RunningFromACloneTests : IDisposable
{
    private readonly Clone clone = new();

    public void Dispose() => clone.Dispose();

    [Fact]
    public void The_first_call_builds_and_the_next_ones_do_not()
    {
        Ended first = clone.Run("defms", "send", "--to", "bob b");
        DateTime built = File.GetLastWriteTimeUtc(clone.PathOf("artifacts/app/.built"));
        Ended second = clone.Run("defms", "threads");
        Ended third = clone.Run("defms-daemon");

        Assert.Equal((0, $"defms of 1: send --to bob b in {clone.Folder}/machine\n", ""), (first.Status, first.Output, first.Errors));
        Assert.Equal($"defms of 1: threads in {clone.Folder}/machine\n", second.Output);
        Assert.Equal($"defms-daemon of 1:  in {clone.Folder}/machine\n", third.Output);
        Assert.Equal(1, clone.Builds);
        Assert.Equal(built, File.GetLastWriteTimeUtc(clone.PathOf("artifacts/app/.built")));
    }

    [Fact]
    public void A_changed_a_new_a_renamed_and_a_deleted_source_each_cause_one_build()
    {
        clone.Run("defms");
        Action[] changes =
        [
            () => clone.Write("Defms.Core/Block.cs", "changed"),
            () => clone.Write("Defms.Serving/New.cs", "new"),
            () => File.Move(clone.PathOf("Defms.Serving/New.cs"), clone.PathOf("Defms.Serving/Old.cs")),
            () => File.Delete(clone.PathOf("Defms.Gateway/Program.cs")),
            () => clone.Write("Directory.Packages.props", "changed"),
        ];
        for (int i = 0; i < changes.Length; i++)
        {
            clone.LetFileTimesMoveOn();
            changes[i]();
            clone.Run("defms");
            clone.Run("defms");
            Assert.Equal(i + 2, clone.Builds);
        }
        clone.Write("tests/Some.Tests/Test.cs", "not a source of the programs");
        clone.Run("defms");
        Assert.Equal(changes.Length + 1, clone.Builds);
    }

    [Fact]
    public void A_source_saved_while_the_build_runs_is_built_by_the_next_call()
    {
        clone.Write("edited", "");
        clone.Run("defms");
        Assert.Equal(1, clone.Builds);
        clone.Run("defms");
        Assert.Equal(2, clone.Builds);
    }

    [Fact]
    public void Calls_at_the_same_time_build_once()
    {
        Started[] calls = [.. Enumerable.Range(0, 6).Select(i => clone.Start("defms", $"{i}"))];
        Ended[] ended = [.. calls.Select(call => call.End())];

        Assert.Equal(Enumerable.Range(0, 6).Select(i => $"defms of 1: {i} in {clone.Folder}/machine\n"), ended.Select(call => call.Output));
        Assert.Equal(1, clone.Builds);
    }

    [Fact]
    public void A_failed_build_shows_its_errors_and_the_next_call_tries_again()
    {
        clone.Run("defms");
        clone.LetFileTimesMoveOn();
        clone.Write("broken", "");
        clone.Write("Defms.Core/Block.cs", "broken");
        Ended failed = clone.Run("defms");
        File.Delete(clone.PathOf("broken"));
        Ended mended = clone.Run("defms");

        Assert.Equal((1, ""), (failed.Status, failed.Output));
        Assert.Contains("error CS1002", failed.Errors, StringComparison.Ordinal);
        Assert.Equal((0, ""), (mended.Status, mended.Errors));
        Assert.Equal(3, clone.Builds);
    }

    [Fact]
    public void Without_the_ahead_of_time_compiler_plain_programs_are_built()
    {
        clone.Write("no-crossgen", "");

        Assert.Equal((0, ""), (clone.Run("defms").Status, clone.Run("defms").Errors));
        Assert.Contains("ReadyToRun=false", File.ReadLines(clone.PathOf("calls")).Last(), StringComparison.Ordinal);
        Assert.Equal(2, clone.Builds);
    }

    [Fact]
    public void A_link_from_elsewhere_runs_the_program_it_points_at()
    {
        File.CreateSymbolicLink(clone.PathOf("machine/mail"), clone.PathOf("defms-daemon"));

        Assert.Equal($"defms-daemon of 1: -v in {clone.Folder}/machine\n", clone.Run("machine/mail", "-v").Output);
    }

    [Theory]
    [InlineData("libsqlite3.so.0", "libsodium23")]
    [InlineData("libsodium.so.23", "libsqlite3-0")]
    [InlineData("libc.so.6", "libsqlite3-0 libsodium23")]
    public void Missing_libraries_are_named_as_packages(string present, string packages)
    {
        clone.WriteProgram("machine/ldconfig", $"echo {present}");
        clone.WriteProgram("machine/id", "echo 1000");
        clone.WriteProgram("machine/sudo", "exit 1");
        Ended ended = clone.Run("defms");

        Assert.Equal((1, ""), (ended.Status, ended.Output));
        Assert.Contains($"apt-get install --no-install-recommends {packages}\n", ended.Errors, StringComparison.Ordinal);
        Assert.Equal(0, clone.Builds);
    }

    [Fact]
    public void Without_the_SDK_its_package_is_named()
    {
        clone.WriteProgram("machine/dotnet", "echo '8.0.404 [/usr/share/dotnet/sdk]'");
        clone.WriteProgram("machine/id", "echo 1000");
        clone.WriteProgram("machine/sudo", "exit 1");
        Ended ended = clone.Run("defms");

        Assert.Equal((1, ""), (ended.Status, ended.Output));
        Assert.Contains("apt-get install --no-install-recommends dotnet-sdk-10.0\n", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("https://", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_SDK_is_found_in_the_home_folder_too()
    {
        Directory.CreateDirectory(clone.PathOf(".dotnet"));
        File.Move(clone.PathOf("machine/dotnet"), clone.PathOf(".dotnet/dotnet"));
        clone.WriteProgram("machine/dotnet", "exit 1");

        Assert.Equal($"defms of 1: card in {clone.Folder}/machine\n", clone.Run("defms", "card").Output);
    }

    [Fact]
    public void Missing_libraries_are_installed_where_that_is_allowed()
    {
        clone.WriteProgram("machine/ldconfig", $"cat '{clone.PathOf("libraries")}'");
        clone.Write("libraries", "libsqlite3.so.0\n");
        clone.WriteProgram("machine/id", "echo 0");
        clone.WriteProgram("machine/apt-cache", "echo '  Candidate: 1.0.18-1'");
        clone.WriteProgram("machine/apt-get", $"""
            case "$*" in *'--no-install-recommends install libsodium23') echo libsodium.so.23 >>'{clone.PathOf("libraries")}' ;; esac
            """);
        Ended ended = clone.Run("defms");

        Assert.Equal((0, "Installing libsodium23 with apt-get…\n"), (ended.Status, ended.Errors));
        Assert.Equal(1, clone.Builds);
    }
}
