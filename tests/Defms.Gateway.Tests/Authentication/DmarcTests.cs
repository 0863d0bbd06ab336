using Defms.Gateway.Authentication;
using Defms.Gateway.Authentication.Dkim;
using Defms.Gateway.Authentication.Dmarc;
using Defms.Gateway.Authentication.Spf;
using Defms.Gateway.Tests.Dns;

namespace Defms.Gateway.Tests.Authentication;

public sealed class DmarcTests
{
    private const string Reject = "v=DMARC1; p=reject";

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("example.org", "example.org", AuthResult.Pass)]
    [InlineData("example.org", "bounce.example.org", AuthResult.Pass)]
    [InlineData("a.example.org", "b.example.org", AuthResult.Pass)]
    [InlineData("example.org", "example.com", AuthResult.Fail)]
    [InlineData("example.org", "notexample.org", AuthResult.Fail)]
    [InlineData("example.org", "org", AuthResult.Fail)]
    [InlineData("strict.example", "strict.example", AuthResult.Pass)]
    [InlineData("strict.example", "sub.strict.example", AuthResult.Fail)]
    [InlineData("unknown.example", "unknown.example", AuthResult.None)]
    public async Task Alignment_is_with_the_organisation_or_exact_where_asked(string author, string sender, AuthResult expected)
    {
        ZoneResolver zone = new ZoneResolver().Txt("_dmarc.example.org", Reject).Txt("_dmarc.strict.example", "v=DMARC1; p=reject; aspf=s; adkim=s");
        Assert.Equal(expected, (await CheckAsync(zone, author, spf: sender)).Result);
        Assert.Equal(expected, (await CheckAsync(zone, author, dkim: sender)).Result);
    }

    [Theory]
    [InlineData("v=DMARC1; p=reject", DmarcPolicy.Reject)]
    [InlineData("v=DMARC1;p=Quarantine;", DmarcPolicy.Quarantine)]
    [InlineData("v = DMARC1 ; p = none", DmarcPolicy.None)]
    [InlineData("v=DMARC1; p=reject; pct=20", DmarcPolicy.Reject)]
    [InlineData("v=DMARC1; p=reject; pct=0", DmarcPolicy.Quarantine)]
    [InlineData("v=DMARC1; p=quarantine; t=y", DmarcPolicy.None)]
    [InlineData("v=DMARC1; rua=mailto:x@example.org", DmarcPolicy.None)]
    public async Task A_failure_carries_what_the_domain_asks_for(string record, DmarcPolicy expected)
    {
        DmarcVerdict verdict = await CheckAsync(new ZoneResolver().Txt("_dmarc.example.org", record), "example.org");
        Assert.Equal((AuthResult.Fail, expected), (verdict.Result, verdict.Policy));
    }

    [Theory]
    [InlineData("there.example.org", DmarcPolicy.Quarantine)]
    [InlineData("missing.example.org", DmarcPolicy.Reject)]
    [InlineData("example.org", DmarcPolicy.None)]
    [InlineData("a.b.c.d.e.f.g.h.i.j.k.example.org", DmarcPolicy.Reject)]
    public async Task Subdomains_that_exist_and_that_do_not_have_policies_of_their_own(string author, DmarcPolicy expected)
    {
        ZoneResolver zone = new ZoneResolver().Txt("_dmarc.example.org", "v=DMARC1; p=none; sp=quarantine; np=reject").A("there.example.org", "192.0.2.1");
        Assert.Equal(expected, (await CheckAsync(zone, author)).Policy);
    }

    [Theory]
    [InlineData("v=DMARC2; p=reject")]
    [InlineData("p=reject; v=DMARC1")]
    [InlineData("v=DMARC1x; p=reject")]
    [InlineData("v=spf1 -all")]
    [InlineData("v=DMARC1; p=reject; p=none")]
    public async Task What_is_no_record_asks_for_nothing(string text) =>
        Assert.Equal(AuthResult.None, (await CheckAsync(new ZoneResolver().Txt("_dmarc.example.org", text), "example.org")).Result);

    [Fact]
    public async Task Two_records_are_none()
    {
        ZoneResolver zone = new ZoneResolver().Txt("_dmarc.example.org", Reject, Reject);
        Assert.Equal(AuthResult.None, (await CheckAsync(zone, "example.org")).Result);
    }

    [Theory]
    [InlineData("giant.bank.example", "giant.bank.example")]
    [InlineData("mail.giant.bank.example", "giant.bank.example")]
    [InlineData("mega.bank.example", "mega.bank.example")]
    [InlineData("deep.own.bank.example", "own.bank.example")]
    [InlineData("other.example", "other.example")]
    [InlineData("a.b.c.d.e.f.g.h.mail.giant.bank.example", "giant.bank.example")]
    public async Task The_organisation_is_found_by_walking_up(string domain, string expected)
    {
        ZoneResolver zone = new ZoneResolver()
            .Txt("_dmarc.bank.example", "v=DMARC1; p=reject; psd=y")
            .Txt("_dmarc.giant.bank.example", Reject)
            .Txt("_dmarc.mail.giant.bank.example", "v=DMARC1; p=none")
            .Txt("_dmarc.own.bank.example", "v=DMARC1; p=none; psd=n");
        Assert.Equal(expected, await new DmarcTree(zone).OrganizationAsync(domain, Ending));
    }

    [Fact]
    public async Task A_name_of_a_hundred_labels_costs_eight_questions()
    {
        var zone = new ZoneResolver();
        var tree = new DmarcTree(zone);
        string deep = string.Join('.', Enumerable.Repeat("a", 100)) + ".example.org";
        await tree.OrganizationAsync(deep, Ending);
        await tree.PolicyAsync(deep, Ending);
        Assert.Equal(8, zone.Asked);
    }

    [Theory]
    [InlineData("From: a@example.org\r\nFrom: b@example.org\r\n")]
    [InlineData("From: a@example.org, b@example.com\r\n")]
    [InlineData("From: a@example.org\r\nfrom : b@example.com\r\n")]
    [InlineData("From: a@example.com\r\nno field\r\nFrom: b@example.org\r\n")]
    [InlineData("From: a@a.example, a@b.example, a@c.example, a@d.example, a@e.example\r\n")]
    [InlineData("From: a@example.org\rX: y\r\n")]
    public async Task More_than_one_author_fails_whoever_speaks_for_one(string header)
    {
        ZoneResolver zone = new ZoneResolver().Txt("_dmarc.example.org", Reject);
        DmarcVerdict verdict = await CheckHeaderAsync(zone, header, "example.org", "example.org");
        Assert.Equal((AuthResult.Fail, DmarcPolicy.Reject), (verdict.Result, verdict.Policy));
        Assert.Empty(verdict.AlignedDkim);
    }

    [Fact]
    public async Task A_crowd_of_authors_fails_without_being_looked_up()
    {
        var zone = new ZoneResolver();
        string crowd = string.Join(",", Enumerable.Range(0, 20_000).Select(i => $"a@{i}.example"));
        DmarcVerdict verdict = await CheckHeaderAsync(zone, $"From: {crowd}\r\n", "0.example", "0.example");
        Assert.Equal((AuthResult.Fail, DmarcPolicy.Reject, 0), (verdict.Result, verdict.Policy, zone.Asked));
    }

    [Fact]
    public async Task Without_an_author_there_is_nobody_to_protect() =>
        Assert.Equal((AuthResult.PermError, DmarcPolicy.None), await ShortAsync("Subject: hello\r\n"));

    [Fact]
    public async Task A_header_too_long_to_show_its_author_fails() =>
        Assert.Equal((AuthResult.Fail, DmarcPolicy.Reject), await ShortAsync("X: " + new string('x', MailHeader.MaxLength) + "\r\nFrom: a@example.org\r\n"));

    [Fact]
    public async Task A_DNS_without_an_answer_is_no_failure_of_the_sender()
    {
        ZoneResolver zone = new ZoneResolver().Failing("_dmarc.example.org", "TXT");
        Assert.Equal(AuthResult.TempError, (await CheckAsync(zone, "example.org")).Result);
        var undecided = new SpfVerdict(AuthResult.TempError, "bounce.example.org", null, "");
        Assert.Equal(AuthResult.TempError, (await CheckAsync(new ZoneResolver().Txt("_dmarc.example.org", Reject), undecided)).Result);
        var stranger = new SpfVerdict(AuthResult.TempError, "elsewhere.example", null, "");
        Assert.Equal(AuthResult.Fail, (await CheckAsync(new ZoneResolver().Txt("_dmarc.example.org", Reject), stranger)).Result);
    }

    [Fact]
    public async Task A_trial_signature_is_not_aligned()
    {
        var trial = new DkimSignature(AuthResult.Pass, "example.org", "s", "@example.org", ["from"], false, true, "");
        MailHeader header = MailHeader.Read(Mail.Octets("From: a@example.org\r\n\r\n"));
        var spf = new SpfVerdict(AuthResult.None, "", null, "");
        ZoneResolver zone = new ZoneResolver().Txt("_dmarc.example.org", Reject);
        Assert.Equal(AuthResult.Fail, (await new DmarcCheck(zone).CheckAsync(header, spf, [trial], Ending)).Result);
    }

    private static async Task<(AuthResult, DmarcPolicy)> ShortAsync(string header)
    {
        DmarcVerdict verdict = await CheckHeaderAsync(new ZoneResolver(), header, "example.org", "example.org");
        return (verdict.Result, verdict.Policy);
    }

    private static Task<DmarcVerdict> CheckAsync(ZoneResolver zone, string author, string spf = "", string dkim = "") =>
        CheckHeaderAsync(zone, $"From: Somebody <x@{author}>\r\n", spf, dkim);

    private static Task<DmarcVerdict> CheckAsync(ZoneResolver zone, SpfVerdict spf) =>
        new DmarcCheck(zone).CheckAsync(MailHeader.Read(Mail.Octets("From: a@example.org\r\n\r\n")), spf, [], Ending);

    private static Task<DmarcVerdict> CheckHeaderAsync(ZoneResolver zone, string header, string spf, string dkim)
    {
        var sender = new SpfVerdict(spf.Length > 0 ? AuthResult.Pass : AuthResult.None, spf, null, "");
        DkimSignature[] signatures = dkim.Length > 0 ? [new(AuthResult.Pass, dkim, "s", $"@{dkim}", ["from"], false, false, "")] : [];
        return new DmarcCheck(zone).CheckAsync(MailHeader.Read(Mail.Octets(header + "\r\n")), sender, signatures, Ending);
    }
}
