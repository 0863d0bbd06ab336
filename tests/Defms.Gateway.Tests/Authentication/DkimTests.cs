using System.Security.Cryptography;
using System.Text;
using Defms.Core.Sealing;
using Defms.Gateway.Authentication;
using Defms.Gateway.Authentication.Dkim;
using Defms.Gateway.Tests.Dns;

namespace Defms.Gateway.Tests.Authentication;

public sealed class DkimTests
{
    private static readonly SigningKey Key = new(new byte[32]);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("r")]
    [InlineData("e")]
    public async Task What_we_sign_verifies_and_says_what_it_covers(string selector)
    {
        byte[] message = Mail.Signed("Defms-Card: defms:x\r\n" + Mail.Simple, key: selector == "r" ? Mail.Rsa : Mail.Ed25519);
        DkimSignature result = Assert.Single(await CheckAsync(Mail.Zone(), message));
        Assert.Equal((AuthResult.Pass, "example.org", "@example.org", selector), (result.Result, result.Domain, result.Identity, result.Selector));
        Assert.True(result.Covers("defms-card") && result.Covers("Reply-To") && !result.HasLength);
        Assert.False(result.Covers("X-Other"));
        Assert.All(Encoding.ASCII.GetString(message).Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
    }

    [Fact]
    public async Task Two_keys_make_two_signatures_that_both_pass()
    {
        byte[] octets = Mail.Octets(Mail.Simple);
        byte[] fields = new DkimSigner("example.org", [Mail.Rsa, Mail.Ed25519], new TurnedClock()).Sign(octets);
        IReadOnlyList<DkimSignature> results = await CheckAsync(Mail.Zone(), [.. fields, .. octets]);
        Assert.Equal([AuthResult.Pass, AuthResult.Pass], results.Select(result => result.Result));
    }

    [Fact]
    public void One_key_signs_in_several_threads_at_once()
    {
        byte[] octets = Mail.Octets(Mail.Simple);
        var signer = new DkimSigner("example.org", [Mail.Rsa, Mail.Ed25519], new TurnedClock());
        byte[] alone = signer.Sign(octets);
        var together = new byte[64][];
        Parallel.For(0, together.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => together[i] = signer.Sign(octets));
        Assert.All(together, fields => Assert.Equal(alone, fields));
    }

    [Theory]
    [InlineData("From: eve@example.com\r\n")]
    [InlineData("Defms-Card: defms:eve\r\n")]
    [InlineData("Reply-To: eve@example.com\r\n")]
    [InlineData("Content-Type: text/html\r\n")]
    [InlineData("Subject: another\r\n")]
    public async Task A_field_that_was_added_breaks_a_signature_that_over_signs(string added)
    {
        byte[] message = Mail.Signed(Mail.Simple);
        Assert.Equal(AuthResult.Fail, (await CheckAsync(Mail.Zone(), [.. Mail.Octets(added), .. message]))[0].Result);
        Assert.Equal(AuthResult.Pass, (await CheckAsync(Mail.Zone(), [.. "Received: by x\r\n"u8, .. message]))[0].Result);
    }

    [Theory]
    [InlineData("From: a@example.org\r\nno field at all\r\nTo: b@example.net\r\n")]
    [InlineData(" folded\r\nFrom: a@example.org\r\n")]
    [InlineData("From: a@example.org\rTo: x\r\n")]
    [InlineData(": nothing\r\nFrom: a@example.org\r\n")]
    public async Task No_signature_is_believed_in_a_header_that_two_readers_could_see_differently(string header)
    {
        byte[] message = Mail.SignedWith($"{header}\r\nbody\r\n", "d=example.org; s=k; h=from", Key);
        Assert.Equal(AuthResult.PermError, (await CheckAsync(KeyZone(), message))[0].Result);
    }

    [Theory]
    [InlineData("simple/simple")]
    [InlineData("simple/relaxed")]
    [InlineData("relaxed/simple")]
    [InlineData("relaxed/relaxed")]
    [InlineData("relaxed")]
    public async Task Every_canonical_form_verifies_and_only_relaxed_ones_bear_white_space(string canonical)
    {
        byte[] message = Mail.SignedWith(Mail.Simple, "d=example.org; s=k; h=from:subject", Key, canonical);
        Assert.Equal(AuthResult.Pass, (await CheckAsync(KeyZone(), message))[0].Result);
        string text = Encoding.Latin1.GetString(message);
        AuthResult header = (await CheckAsync(KeyZone(), Mail.Octets(text.Replace("Fish  and", "Fish and"))))[0].Result;
        AuthResult body = (await CheckAsync(KeyZone(), Mail.Octets(text.Replace("Hello  Bob", "Hello Bob"))))[0].Result;
        Assert.Equal(canonical.StartsWith("relaxed", StringComparison.Ordinal) ? AuthResult.Pass : AuthResult.Fail, header);
        Assert.Equal(canonical.EndsWith("/relaxed", StringComparison.Ordinal) ? AuthResult.Pass : AuthResult.Fail, body);
        Assert.Equal(AuthResult.Fail, (await CheckAsync(KeyZone(), Mail.Octets(text.Replace("vinegar", "vine gar"))))[0].Result);
    }

    [Theory]
    [InlineData("", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", true)]
    [InlineData("", "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", false)]
    [InlineData("\r\n\r\n", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", true)]
    [InlineData("\r\n\r\n", "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", false)]
    public void An_empty_body_has_the_hashes_of_RFC_6376(string body, string hash, bool relaxed) =>
        Assert.Equal(hash, Convert.ToBase64String(Canonical.BodyHash(Mail.Octets(body), relaxed, null)!));

    [Fact]
    public void A_body_of_millions_of_pieces_has_the_hash_of_its_canonical_form()
    {
        byte[] body = Mail.Octets(string.Concat(Enumerable.Repeat("a \t b\n\r\n", 300_000)) + new string('x', 20_000));
        byte[] canonical = Mail.Octets(string.Concat(Enumerable.Repeat("a b\r\n\r\n", 300_000)) + new string('x', 20_000) + "\r\n");
        Assert.Equal(SHA256.HashData(canonical), Canonical.BodyHash(body, relaxed: true, null));
        Assert.Equal(SHA256.HashData(canonical.AsSpan(0, 5000)), Canonical.BodyHash(body, relaxed: true, 5000));
    }

    [Fact]
    public async Task A_length_lets_a_body_grow_and_vouches_for_no_card()
    {
        byte[] message = Mail.SignedWith(Mail.Simple, "d=example.org; s=k; h=from:defms-card", Key, length: 10);
        DkimSignature result = (await CheckAsync(KeyZone(), [.. message, .. "appended\r\n"u8]))[0];
        Assert.Equal((AuthResult.Pass, true, false), (result.Result, result.HasLength, result.Covers("Defms-Card")));
        byte[] tooLong = Mail.SignedWith(Mail.Simple, "d=example.org; s=k; h=from", Key, length: 10_000);
        Assert.Equal(AuthResult.Fail, (await CheckAsync(KeyZone(), tooLong))[0].Result);
    }

    [Theory]
    [InlineData("d=example.org; s=k; h=from; i=a@sub.example.org", AuthResult.Pass)]
    [InlineData("d=example.org; s=k; h=from; i=a@notexample.org", AuthResult.PermError)]
    [InlineData("d=example.org; s=k; h=subject", AuthResult.PermError)]
    [InlineData("d=example.org; s=k; h=from::to", AuthResult.PermError)]
    [InlineData("d=example.org; s=k; h=from; x=1699999000", AuthResult.PermError)]
    [InlineData("d=example.org; s=k; h=from; x=1700009000", AuthResult.Pass)]
    [InlineData("d=example.org; s=k; h=from; t=1700009000; x=1700009000", AuthResult.PermError)]
    [InlineData("d=example.org; s=k; h=from; t=abc", AuthResult.PermError)]
    [InlineData("d=example.org; s=k; h=from; d=example.org", AuthResult.PermError)]
    [InlineData("d=example.org; s=k; h=from; q=dns/txt", AuthResult.Pass)]
    [InlineData("d=example.org; s=k; h=from; q=other", AuthResult.PermError)]
    [InlineData("d=example.org; s=none; h=from", AuthResult.PermError)]
    [InlineData("d=org; s=k; h=from", AuthResult.PermError)]
    [InlineData("d=a..b; s=k; h=from", AuthResult.PermError)]
    [InlineData("d=example.org; s=slow; h=from", AuthResult.TempError)]
    [InlineData("d=example.org; s=strict; h=from", AuthResult.Pass)]
    [InlineData("d=example.org; s=strict; h=from; i=a@sub.example.org", AuthResult.PermError)]
    [InlineData("d=example.org; s=revoked; h=from", AuthResult.PermError)]
    [InlineData("d=example.org; s=web; h=from", AuthResult.PermError)]
    [InlineData("d=example.org; s=sha1; h=from", AuthResult.PermError)]
    [InlineData("d=example.org; s=rsa; h=from", AuthResult.PermError)]
    [InlineData("d=example.org; s=v2; h=from", AuthResult.PermError)]
    [InlineData("d=example.org; s=short; h=from", AuthResult.PermError)]
    [InlineData("d=example.org; s=old; h=from", AuthResult.Pass)]
    public async Task Each_tag_and_each_key_record_counts(string tags, AuthResult expected)
    {
        DkimSignature result = (await CheckAsync(KeyZone(), Mail.SignedWith(Mail.Simple, tags, Key)))[0];
        Assert.True(expected == result.Result, $"{result.Result}: {result.Reason}");
    }

    [Fact]
    public async Task A_domain_that_only_tries_DKIM_out_is_not_held_to_it()
    {
        byte[] message = Mail.SignedWith(Mail.Simple, "d=example.org; s=trying; h=from:defms-card", Key);
        DkimSignature good = (await CheckAsync(KeyZone(), message))[0];
        Assert.Equal((AuthResult.Pass, true, false), (good.Result, good.IsTesting, good.Covers("Defms-Card")));
        string changed = Encoding.Latin1.GetString(message).Replace("Alice", "Malice");
        Assert.Equal(AuthResult.Neutral, (await CheckAsync(KeyZone(), Mail.Octets(changed)))[0].Result);
    }

    [Fact]
    public async Task SHA_1_and_short_keys_are_against_policy()
    {
        byte[] sha1 = Mail.Octets("DKIM-Signature: v=1; a=rsa-sha1; d=example.org; s=k; h=from; bh=AAAA; b=AAAA\r\n" + Mail.Simple);
        Assert.Equal(AuthResult.Policy, (await CheckAsync(KeyZone(), sha1))[0].Result);
        using var weak = RSA.Create(512);
        ZoneResolver zone = new ZoneResolver().Txt("r._domainkey.example.org", $"p={Convert.ToBase64String(weak.ExportSubjectPublicKeyInfo())}");
        Assert.Equal(AuthResult.Policy, (await CheckAsync(zone, Mail.Signed(Mail.Simple, key: Mail.Rsa)))[0].Result);
    }

    [Fact]
    public async Task A_thousand_signatures_cost_five_lookups()
    {
        byte[] message = Mail.Signed(Mail.Simple);
        string field = Encoding.ASCII.GetString(message)[..(message.Length - Mail.Simple.Length)];
        ZoneResolver zone = Mail.Zone();
        IReadOnlyList<DkimSignature> results = await CheckAsync(zone, Mail.Octets(string.Concat(Enumerable.Repeat(field, 1000)) + Mail.Simple));
        Assert.Equal(DkimCheck.MaxSignatures, results.Count);
        Assert.Equal(DkimCheck.MaxSignatures, zone.Asked);
    }

    [Fact]
    public async Task A_body_is_read_four_times_at_most_however_signatures_cut_it()
    {
        string message = Mail.Simple;
        foreach (int length in new[] { 5, 4, 3, 2, 1 })
            message = Encoding.Latin1.GetString(Mail.SignedWith(message, "d=example.org; s=k; h=from", Key, length: length));
        IReadOnlyList<DkimSignature> results = await CheckAsync(KeyZone(), Mail.Octets(message));
        Assert.Equal(
            [AuthResult.Pass, AuthResult.Pass, AuthResult.Pass, AuthResult.Pass, AuthResult.Fail], results.Select(result => result.Result));
    }

    [Fact]
    public async Task A_header_beyond_the_budget_is_not_read_to_its_end()
    {
        string lines = string.Concat(Enumerable.Repeat("X: y\r\n", MailHeader.MaxFields));
        DkimSignature many = (await CheckAsync(Mail.Zone(), [.. Mail.Signed(Mail.Simple)[..^Mail.Simple.Length], .. Mail.Octets(lines + Mail.Simple)]))[0];
        Assert.Equal(AuthResult.PermError, many.Result);
        MailHeader endless = MailHeader.Read(Mail.Octets("A: b\r\n" + string.Concat(Enumerable.Repeat(" folded\r\n", 1_000_000)) + "From: x@y\r\n\r\n"));
        Assert.False(endless.IsSound);
        Assert.Empty(endless.All("From"));
        string names = string.Join(':', Enumerable.Repeat("from", SignatureFields.MaxNames + 1));
        Assert.Equal(AuthResult.PermError, (await CheckAsync(KeyZone(), Mail.SignedWith(Mail.Simple, $"d=example.org; s=k; h={names}", Key)))[0].Result);
    }

    [Fact]
    public async Task Any_octets_in_signature_and_key_are_judged_without_an_exception()
    {
        var random = new SeededRandom(77);
        byte[] message = Mail.SignedWith(Mail.Simple, "d=example.org; s=k; h=from", Key);
        int end = message.AsSpan().IndexOf("\r\nFrom:"u8);
        for (int round = 0; round < 3000; round++)
        {
            byte[] changed = [.. message];
            for (int i = random.Below(4); i >= 0; i--)
                changed[random.Below(end)] = random.Bytes(1)[0];
            await CheckAsync(KeyZone(), changed);
            _ = DkimPublicKey.TryParse(Encoding.Latin1.GetString(random.Bytes(40)), out _);
        }
    }

    [Fact]
    public void Keys_survive_their_PEM_form()
    {
        using DkimKey rsa = DkimKey.TryRead("r", Mail.RsaPem)!;
        using DkimKey ed25519 = DkimKey.TryRead("e", Mail.Ed25519Pem)!;
        Assert.Equal((Mail.Rsa.Record, Mail.Ed25519.Record), (rsa.Record, ed25519.Record));
        Assert.Null(DkimKey.TryRead("x", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----"));
        Assert.Null(DkimKey.TryRead("x", "nonsense"));
    }

    private static ZoneResolver KeyZone()
    {
        string p = Convert.ToBase64String(Key.PublicKey);
        return new ZoneResolver()
            .Txt("k._domainkey.example.org", $"v=DKIM1; k=ed25519; p={p}")
            .Txt("strict._domainkey.example.org", $"k=ed25519; t=s; p={p}")
            .Txt("trying._domainkey.example.org", $"k=ed25519; t=y:s; p={p}")
            .Txt("revoked._domainkey.example.org", "v=DKIM1; k=ed25519; p=")
            .Txt("web._domainkey.example.org", $"k=ed25519; s=web; p={p}")
            .Txt("sha1._domainkey.example.org", $"k=ed25519; h=sha1; p={p}")
            .Txt("rsa._domainkey.example.org", $"p={p}")
            .Txt("v2._domainkey.example.org", $"v=DKIM2; k=ed25519; p={p}")
            .Txt("short._domainkey.example.org", "k=ed25519; p=AAAA")
            .Txt("old._domainkey.example.org", $"v=DKIM1; g=; n=old style; k=ed25519; p={p[..20]} {p[20..]};")
            .Failing("slow._domainkey.example.org", "TXT");
    }

    private static async Task<IReadOnlyList<DkimSignature>> CheckAsync(ZoneResolver zone, byte[] message) =>
        await new DkimCheck(zone, new TurnedClock()).CheckAsync(message, Ending);
}
