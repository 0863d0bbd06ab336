using System.Net;
using Defms.Gateway.Authentication;
using Defms.Gateway.Authentication.Spf;
using Defms.Gateway.Tests.Dns;

namespace Defms.Gateway.Tests.Authentication;

public sealed class SpfTests
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_case_of_the_shared_suite_ends_as_it_says() => Assert.Equal(142, await RunAsync(TestFiles.Shared("spf/rfc7208-tests.yml")));

    [Fact]
    public async Task So_does_every_case_on_modifiers_macros_and_limits() =>
        Assert.InRange(await RunAsync(TestFiles.Vector("spf/rfc7208-modifiers-macros-limits.yml")), 58, 70);

    [Theory]
    [InlineData("%{s}", "strong-bad@email.example.com")]
    [InlineData("%{o}", "email.example.com")]
    [InlineData("%{d4}", "email.example.com")]
    [InlineData("%{d2}", "example.com")]
    [InlineData("%{d1}", "com")]
    [InlineData("%{dr}", "com.example.email")]
    [InlineData("%{d2r}", "example.email")]
    [InlineData("%{l-}", "strong.bad")]
    [InlineData("%{lr-}", "bad.strong")]
    [InlineData("%{l1r-}", "strong")]
    [InlineData("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com")]
    [InlineData("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com")]
    public void Macros_expand_as_in_the_examples_of_RFC_7208(string text, string expected)
    {
        Assert.True(SpfMacro.TryParse(text, explanation: false, out SpfMacro macro));
        var values = new SpfMacroValues(
            IPAddress.Parse("192.0.2.3"), "helo", "strong-bad", "email.example.com", "email.example.com", "unknown", "us", 0);
        Assert.Equal(expected, values.Expand(macro));
    }

    [Fact]
    public async Task A_record_of_64_KiB_of_addresses_is_evaluated()
    {
        string addresses = string.Concat(Enumerable.Range(0, 3000).Select(i => $" ip4:10.0.{i / 256}.{i % 256}"));
        ZoneResolver zone = new ZoneResolver().Txt("big.example", $"v=spf1{addresses} -all");
        Assert.Equal(AuthResult.Fail, (await CheckAsync(zone, "a@big.example")).Result);
        Assert.Equal(1, zone.Asked);
    }

    [Fact]
    public async Task A_record_that_names_the_sender_thousands_of_times_asks_nothing_huge()
    {
        string macros = string.Concat(Enumerable.Repeat("%{s}", 15_000));
        ZoneResolver zone = new ZoneResolver().Txt("bomb.example", $"v=spf1 exists:{macros}.bomb.example -all");
        Assert.Equal(AuthResult.Fail, (await CheckAsync(zone, new string('l', 60) + "@bomb.example")).Result);
        Assert.Equal(1, zone.Asked);
    }

    [Fact]
    public async Task The_questions_that_one_sender_can_cause_are_bounded()
    {
        var zone = new ZoneResolver().Txt("wide.example", "v=spf1" + string.Concat(Enumerable.Repeat(" mx:wide.example", 100)) + " -all");
        for (int i = 0; i < 10; i++)
            zone.Mx("wide.example", i, $"h{i}.example").A($"h{i}.example", "192.0.2.77");
        Assert.Equal(AuthResult.PermError, (await CheckAsync(zone, "a@wide.example")).Result);
        Assert.InRange(zone.Asked, 1, 1 + (10 * 11));
    }

    [Fact]
    public async Task The_null_sender_is_checked_by_its_HELO()
    {
        ZoneResolver zone = new ZoneResolver().Txt("helo.example", "v=spf1 ip4:192.0.2.1 -all");
        SpfVerdict verdict = await CheckAsync(zone, "");
        Assert.Equal((AuthResult.Pass, "helo.example"), (verdict.Result, verdict.Domain));
    }

    [Fact]
    public async Task A_local_part_beyond_ASCII_matches_nothing_by_macro()
    {
        ZoneResolver zone = new ZoneResolver().Txt("x.example", "v=spf1 exists:%{l}.x.example -all");
        Assert.Equal(AuthResult.Fail, (await CheckAsync(zone, "jörg@x.example")).Result);
    }

    private static async Task<SpfVerdict> CheckAsync(ZoneResolver zone, string sender) =>
        await new SpfCheck(zone, new TurnedClock(), "mx.test").CheckAsync(IPAddress.Parse("192.0.2.1"), "helo.example", sender, Ending);

    private static async Task<int> RunAsync(string path)
    {
        int count = 0;
        var wrong = new List<string>();
        foreach (SpfScenario scenario in SpfScenario.Read(path))
        {
            var check = new SpfCheck(scenario.Zone, new TurnedClock(), "mx.test");
            foreach (SpfCase test in scenario.Cases)
            {
                SpfVerdict verdict = await check.CheckAsync(IPAddress.Parse(test.Client), test.Helo, test.Sender, Ending);
                count++;
                string explanation = verdict.Explanation ?? "DEFAULT";
                if (!test.Results.Contains(verdict.Result.Word()) || !(test.Explanation ?? explanation).Equals(explanation, StringComparison.OrdinalIgnoreCase))
                    wrong.Add($"{test.Name}: {verdict.Result} ({verdict.Reason}; {explanation}), not {string.Join('/', test.Results)} ({test.Explanation})");
            }
        }

        Assert.Equal([], wrong);
        return count;
    }
}
