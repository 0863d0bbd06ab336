namespace Defms.EndToEnd.Tests.Scripts;

public sealed class SummingUpTests : IDisposable
{
    private readonly Clone clone = new();

    public void Dispose() => clone.Dispose();

    [Fact]
    public void Reports_are_summed_and_failed_and_skipped_tests_are_named()
    {
        clone.WriteRunner("A.Tests", Report(3, 0, 0), 0);
        clone.WriteRunner("B.Tests", Report(40, 1, 2, """
            <test name="B.Fails(text: \&quot;a &lt; b &amp; c\&quot;)" result="Fail" time="0"><failure><message><![CDATA[expected <test result="Fail" name="x"/>
            got none]]></message><stack-trace><![CDATA[   at B.Fails() in B.cs:line 7]]></stack-trace></failure><output><![CDATA[seed 7]]></output></test>
            <test name="B.Passes" result="Pass" time="0" />
            <test name="B.Lacks" result="Skip" time="0"><reason><![CDATA[needs kubo]]></reason></test>
            """), 1);
        Ended ended = clone.Run("test");

        Assert.Equal((1, "44 passed, 1 failed, 2 skipped"), (ended.Status, ended.LastLine));
        Assert.Contains("""
              failed   B.Fails(text: "a < b & c")
                       expected <test result="Fail" name="x"/>
                       got none
                          at B.Fails() in B.cs:line 7
                       seed 7
              skipped  B.Lacks: needs kubo

            """, ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("B.Passes", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_passed_is_success_and_the_formatting_counts_as_one()
    {
        clone.WriteRunner("A.Tests", Report(3, 0, 1), 0);
        Ended ended = clone.Run("test");

        Assert.Equal((0, "4 passed, 0 failed, 1 skipped", ""), (ended.Status, ended.LastLine, ended.Errors));
        Assert.Contains("format Defms.sln --verify-no-changes", File.ReadAllText(clone.PathOf("calls")), StringComparison.Ordinal);
    }

    [Fact]
    public void Filters_reach_the_runners_and_a_filter_that_finds_nothing_fails()
    {
        clone.WriteRunner("A.Tests", $"""
            printf '%s|' "$@" >'{clone.PathOf("arguments")}'
            echo '{Report(0, 0, 0)}' >'{clone.PathOf("artifacts/test-reports/A.Tests.xml")}'
            """);
        Ended ended = clone.Run("test", "-method", "*two words*");

        Assert.Contains("|-method|*two words*|", File.ReadAllText(clone.PathOf("arguments")), StringComparison.Ordinal);
        Assert.Equal((1, "0 passed, 0 failed, 0 skipped"), (ended.Status, ended.LastLine));
    }

    [Fact]
    public void The_faults_run_short_with_the_others_and_long_alone()
    {
        clone.WriteRunner("A.Tests", Report(3, 0, 0), 0);
        clone.WriteRunner("Defms.Faults", $"""
            echo "$DEFMS_FAULTS" >'{clone.PathOf("form")}'
            echo '{Report(7, 0, 0)}' >'{clone.PathOf("artifacts/test-reports/Defms.Faults.xml")}'
            """);

        Assert.Equal("11 passed, 0 failed, 0 skipped", clone.Run("test").LastLine);
        Assert.Equal("\n", File.ReadAllText(clone.PathOf("form")));
        Assert.Equal("7 passed, 0 failed, 0 skipped", clone.Run("test", "--faults").LastLine);
        Assert.Equal("long\n", File.ReadAllText(clone.PathOf("form")));
    }

    [Fact]
    public void Runners_that_crash_hang_or_lose_their_report_count_as_failed()
    {
        clone.WriteRunner("Crashing.Tests", "kill -SEGV $$");
        clone.WriteRunner("Cut.Tests", Report(2, 0, 0)[..^"</assemblies>".Length], 0);
        clone.WriteRunner("Failing.Tests", Report(5, 0, 0), 3);
        clone.WriteRunner("Hanging.Tests", "exec tail -f /dev/null");
        clone.WriteRunner("Silent.Tests", "exit 0");
        Directory.CreateDirectory(clone.PathOf("tests/Absent.Tests"));
        Ended ended = clone.Run("test", "-class", "Any");

        Assert.Equal((1, "7 passed, 6 failed, 0 skipped"), (ended.Status, ended.LastLine));
        Assert.Contains("Hanging.Tests did not end within 1 s; the end of its output:\n           the output of ", ended.Output, StringComparison.Ordinal);
        Assert.Contains("Failing.Tests ended with status 3", ended.Output, StringComparison.Ordinal);
        Assert.Contains("Cut.Tests left no whole report", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_that_fails_is_a_failure_and_still_ends_with_the_sum()
    {
        clone.WriteRunner("A.Tests", Report(3, 0, 0), 0);
        clone.Write("broken", "");
        Ended ended = clone.Run("test");

        Assert.Equal((1, "0 passed, 1 failed, 0 skipped"), (ended.Status, ended.LastLine));
        Assert.Contains("error CS1002", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_long_option_is_wrong_usage() => Assert.Equal(2, clone.Run("test", "--fast").Status);

    private static string Report(int passed, int failed, int skipped, string tests = "") =>
        $"""<?xml version="1.0"?><assemblies><assembly name="x" errors="0" failed="{failed}" passed="{passed}" skipped="{skipped}" """
        + $"""total="{passed + failed + skipped}"><collection name="c" passed="900">{tests}</collection></assembly></assemblies>""";
}
