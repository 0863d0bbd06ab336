using System.Net;
using System.Text;
using Defms.Core;
using Defms.Core.Sealing;
using Defms.Gateway.Authentication;
using Defms.Gateway.Authentication.Dmarc;
using Defms.Gateway.Dns;
using Defms.Gateway.Tests.Dns;

namespace Defms.Gateway.Tests.Authentication;

public sealed class SenderCheckTests
{
    private static readonly SenderEnvelope Envelope = new(IPAddress.Parse("192.0.2.1"), "mx.example.org", "alice@example.org");

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Honest_mail_passes_everything_and_its_card_is_covered()
    {
        SenderVerdict verdict = await CheckAsync(Zone(), Mail.Signed("Defms-Card: defms:x\r\n" + Mail.Simple));
        Assert.Equal(("pass", "pass", "pass"), (verdict.SpfWord, verdict.DkimWord, verdict.DmarcWord));
        Assert.Equal("example.org", verdict.SignatureCovering("Defms-Card")?.Domain);
        Assert.Equal(SenderAction.Accept, verdict.Decide(SenderPolicy.Refuse).Action);
    }

    [Fact]
    public async Task A_real_resolver_and_a_real_server_lead_to_the_same()
    {
        var texts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["example.org"] = "v=spf1 ip4:192.0.2.1 -all",
            ["_dmarc.example.org"] = "v=DMARC1; p=reject",
            ["r._domainkey.example.org"] = Mail.Rsa.Record,
        };
        await using LoopbackDns server = LoopbackDns.Start((query, stream) =>
            !texts.TryGetValue(Wire.NameIn(query), out string? text) ? [Wire.To(query, Wire.NameError).Soa(60, 60).ToArray()]
            : text.Length > 300 && !stream ? [Wire.To(query, truncated: true).ToArray()]
            : [Wire.To(query).Answer(16, 60, Wire.Text([.. text.Chunk(255).Select(chunk => new string(chunk))])).ToArray()]);
        var options = new ResolverOptions { Servers = [server.Address], Timeout = TimeSpan.FromSeconds(20) };
        var resolver = new DnsResolver(options, TimeProvider.System, RandomSource.System);
        var check = new SenderCheck(resolver, TimeProvider.System, "mx.test") { TimeLimit = TimeSpan.FromSeconds(60) };
        byte[] message = Mail.Signed("Defms-Card: defms:x\r\n" + Mail.Simple, key: Mail.Rsa, clock: TimeProvider.System);
        SenderVerdict verdict = await check.CheckAsync(Envelope, message, Ending);
        Assert.Equal(("pass", "pass", "pass"), (verdict.SpfWord, verdict.DkimWord, verdict.DmarcWord));
        int asked = server.Queries.Count;
        await check.CheckAsync(Envelope, message, Ending);
        Assert.Equal(asked, server.Queries.Count);
    }

    [Fact]
    public async Task A_forged_author_is_refused_only_where_policy_and_domain_want_it()
    {
        SenderEnvelope forger = Envelope with { Client = IPAddress.Parse("198.51.100.9") };
        SenderVerdict verdict = await CheckAsync(Zone(), Mail.Octets(Mail.Simple), forger);
        Assert.Equal(("fail", "none", "fail"), (verdict.SpfWord, verdict.DkimWord, verdict.DmarcWord));
        Assert.StartsWith("550 5.7.1 ", verdict.Decide(SenderPolicy.Refuse).Reply, StringComparison.Ordinal);
        Assert.Equal(SenderAction.Accept, verdict.Decide(SenderPolicy.Mark).Action);
        Assert.Equal(SenderAction.Accept, verdict.Decide(SenderPolicy.Off).Action);
        SenderVerdict lenient = await CheckAsync(Mail.Zone().Txt("_dmarc.example.org", "v=DMARC1; p=quarantine"), Mail.Octets(Mail.Simple), forger);
        Assert.Equal(("fail", SenderAction.Accept), (lenient.DmarcWord, lenient.Decide(SenderPolicy.Refuse).Action));
    }

    [Fact]
    public async Task A_card_that_was_added_or_substituted_or_is_signed_by_somebody_else_is_not_covered()
    {
        byte[] without = Mail.Signed(Mail.Simple);
        Assert.Null((await CheckAsync(Zone(), [.. "Defms-Card: defms:eve\r\n"u8, .. without])).SignatureCovering("Defms-Card"));
        string text = Encoding.Latin1.GetString(Mail.Signed("Defms-Card: defms:x\r\n" + Mail.Simple));
        Assert.Null((await CheckAsync(Zone(), Mail.Octets(text.Replace("defms:x", "defms:y")))).SignatureCovering("Defms-Card"));
        byte[] others = Mail.Signed("Defms-Card: defms:eve\r\n" + Mail.Simple, domain: "eve.example");
        SenderVerdict verdict = await CheckAsync(Mail.Zone("eve.example"), others);
        Assert.Equal(AuthResult.Pass, verdict.Signatures[0].Result);
        Assert.Null(verdict.SignatureCovering("Defms-Card"));
    }

    [Fact]
    public async Task A_signature_that_does_not_name_the_card_or_not_the_whole_body_does_not_cover_it()
    {
        using var key = new SigningKey(new byte[32]);
        ZoneResolver zone = Zone().Txt("k._domainkey.example.org", $"k=ed25519; p={Convert.ToBase64String(key.PublicKey)}");
        string text = "Defms-Card: defms:x\r\n" + Mail.Simple;
        SenderVerdict unnamed = await CheckAsync(zone, Mail.SignedWith(text, "d=example.org; s=k; h=from:subject", key));
        SenderVerdict partial = await CheckAsync(zone, Mail.SignedWith(text, "d=example.org; s=k; h=from:defms-card", key, length: 5));
        SenderVerdict whole = await CheckAsync(zone, Mail.SignedWith(text, "d=example.org; s=k; h=from:defms-card", key));
        Assert.Equal(("pass", "pass", "pass"), (unnamed.DkimWord, partial.DkimWord, whole.DkimWord));
        Assert.Null(unnamed.SignatureCovering("Defms-Card"));
        Assert.Null(partial.SignatureCovering("Defms-Card"));
        Assert.NotNull(whole.SignatureCovering("Defms-Card"));
    }

    [Fact]
    public async Task A_key_that_is_only_tried_out_earns_no_pass()
    {
        ZoneResolver zone = new ZoneResolver().Txt("e._domainkey.example.org", Mail.Ed25519.Record + "; t=y");
        SenderVerdict verdict = await CheckAsync(zone, Mail.Signed("Defms-Card: defms:x\r\n" + Mail.Simple));
        Assert.Equal((AuthResult.Pass, "neutral"), (verdict.Signatures[0].Result, verdict.DkimWord));
        Assert.Null(verdict.SignatureCovering("Defms-Card"));
    }

    [Fact]
    public async Task The_word_for_DKIM_is_about_the_authors_own_signature_where_there_is_one()
    {
        byte[] own = Mail.Signed(Mail.Simple);
        byte[] broken = Mail.Octets(Encoding.Latin1.GetString(own).Replace("vinegar", "poison"));
        string listField = Encoding.Latin1.GetString(Mail.Signed(Encoding.Latin1.GetString(broken), domain: "list.example"));
        ZoneResolver zone = Zone();
        zone.Txt("e._domainkey.list.example", Mail.Ed25519.Record);
        SenderVerdict verdict = await CheckAsync(zone, Mail.Octets(listField));
        Assert.Equal([AuthResult.Pass, AuthResult.Fail], verdict.Signatures.Select(signature => signature.Result));
        Assert.Equal("fail", verdict.DkimWord);
    }

    [Fact]
    public async Task A_DNS_that_never_answers_ends_with_the_time_limit_in_temperrors()
    {
        var silent = new ZoneResolver { Delay = token => Task.Delay(Timeout.InfiniteTimeSpan, token) };
        var check = new SenderCheck(silent, TimeProvider.System, "mx.test") { TimeLimit = TimeSpan.FromMilliseconds(50) };
        SenderVerdict verdict = await check.CheckAsync(Envelope, Mail.Signed(Mail.Simple, clock: TimeProvider.System), Ending);
        Assert.Equal(("temperror", "temperror", "temperror"), (verdict.SpfWord, verdict.DkimWord, verdict.DmarcWord));
        Assert.StartsWith("451 4.7.1 ", verdict.Decide(SenderPolicy.Refuse).Reply, StringComparison.Ordinal);
        Assert.Equal(SenderAction.Accept, verdict.Decide(SenderPolicy.Mark).Action);
    }

    [Fact]
    public async Task The_sessions_end_is_an_exception_and_nothing_else_is()
    {
        var silent = new ZoneResolver { Delay = token => Task.Delay(Timeout.InfiniteTimeSpan, token) };
        using var session = new CancellationTokenSource();
        Task<SenderVerdict> check = new SenderCheck(silent, TimeProvider.System, "mx.test").CheckAsync(Envelope, Mail.Octets(Mail.Simple), session.Token);
        await session.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => check);
    }

    [Fact]
    public async Task One_message_asks_a_bounded_number_of_questions()
    {
        var zone = new ZoneResolver().Txt("wide.example", "v=spf1" + string.Concat(Enumerable.Repeat(" mx:wide.example", 100)) + " -all");
        for (int i = 0; i < 10; i++)
            zone.Mx("wide.example", i, $"h{i}.example").A($"h{i}.example", "192.0.2.77");
        string signatures = string.Concat(Enumerable.Range(0, 1000).Select(i => $"DKIM-Signature: v=1; a=rsa-sha256; d={i}.wide.example; s=s; h=from; bh=AAAA; b=AA==\r\n"));
        string from = "From: " + string.Join(", ", Enumerable.Range(0, 1000).Select(i => $"a@{i}.a.b.c.d.e.f.g.h.i.example")) + "\r\n";
        SenderVerdict verdict = await CheckAsync(zone, Mail.Octets(signatures + from + "\r\nx\r\n"), Envelope with { Sender = "a@wide.example" });
        Assert.Equal((AuthResult.PermError, AuthResult.Fail), (verdict.Spf.Result, verdict.Dmarc.Result));
        Assert.InRange(zone.Asked, 1, SenderCheck.MaxQuestions);
    }

    [Fact]
    public void A_reply_is_one_line_whatever_the_domain_is_called()
    {
        var dmarc = new DmarcVerdict(AuthResult.Fail, "a\r\n250 ok" + new string('x', 600), DmarcPolicy.Reject, [], false, "why");
        string reply = (SenderVerdict.Unchecked with { Dmarc = dmarc }).Decide(SenderPolicy.Refuse).Reply;
        Assert.InRange(reply.Length, 20, 510);
        Assert.DoesNotContain(reply, char.IsControl);
    }

    [Fact]
    public async Task Words_fit_into_an_origin()
    {
        Assert.All(Enum.GetValues<AuthResult>(), result => Assert.Matches("^[a-z]{1,16}$", result.Word()));
        Assert.Equal("none", SenderVerdict.Unchecked.DkimWord);
        Assert.Equal(DmarcPolicy.None, (await CheckAsync(new ZoneResolver(), [])).Dmarc.Policy);
    }

    [Fact]
    public void The_records_of_a_domain_are_lines_of_a_zone_file_with_long_texts_in_pieces()
    {
        string zone = DnsRecords.Zone("example.org.", "gate.example.org", [Mail.Rsa, Mail.Ed25519]);
        string[] lines = [.. zone.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != ';')];
        Assert.Equal("example.org. IN MX 10 gate.example.org.", lines[0]);
        Assert.Contains("example.org. IN TXT \"v=spf1 mx -all\"", lines);
        Assert.Contains(lines, line => line.StartsWith("_dmarc.example.org. IN TXT \"v=DMARC1; p=quarantine", StringComparison.Ordinal));
        string rsa = Assert.Single(lines, line => line.StartsWith("r._domainkey.example.org. IN TXT ", StringComparison.Ordinal));
        string[] strings = [.. rsa.Split('"').Where((_, index) => index % 2 == 1)];
        Assert.All(strings, text => Assert.InRange(text.Length, 1, 255));
        Assert.Equal(Mail.Rsa.Record, string.Concat(strings));
        Assert.All(zone.Split('\n'), line => Assert.DoesNotContain('\r', line));
    }

    private static ZoneResolver Zone() => Mail.Zone().Txt("example.org", "v=spf1 ip4:192.0.2.1 -all").Txt("_dmarc.example.org", "v=DMARC1; p=reject");

    private static Task<SenderVerdict> CheckAsync(ZoneResolver zone, byte[] octets, SenderEnvelope? envelope = null) =>
        new SenderCheck(zone, new TurnedClock(), "mx.test").CheckAsync(envelope ?? Envelope, octets, Ending);
}
