using System.Text;
using Defms.Gateway.Authentication;
using Defms.Gateway.Authentication.Arc;
using Defms.Gateway.Authentication.Dkim;
using Defms.Gateway.Tests.Dns;

namespace Defms.Gateway.Tests.Authentication;

/// <summary>Chains that Python's dkim sealed (dkimpy 1.1.4, tests/vectors/arc).</summary>
public sealed class ArcTests
{
    [Fact]
    public async Task A_mail_without_a_chain_has_no_verdict() => Assert.Equal(ArcVerdict.None, await CheckAsync(Mail.Octets(Mail.Simple)));

    [Theory]
    [InlineData("one.eml", 1, 0, "one.example")]
    [InlineData("two.eml", 2, 0, "two.example")]
    [InlineData("changed-between.eml", 2, 2, "two.example")]
    public async Task A_sound_chain_tells_its_length_and_since_when_nothing_changed(string file, int count, int oldest, string sealer)
    {
        ArcVerdict verdict = await CheckAsync(Read(file));
        Assert.True(verdict.Result == AuthResult.Pass, verdict.Reason);
        Assert.Equal((count, oldest, sealer), (verdict.Count, verdict.OldestPass, verdict.Sealer));
        Assert.Contains("spf=pass smtp.mailfrom=author.example", verdict.Results, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Hello", "Hallo")]
    [InlineData("cv=pass", "cv=fail")]
    [InlineData("spf=pass", "spf=fail")]
    [InlineData("i=1;", "i=3;")]
    [InlineData("ARC-Seal:", "ARC-Sea:")]
    [InlineData("Subject:", "junk line\r\nSubject:")]
    public async Task What_was_changed_behind_the_last_seal_breaks_the_chain(string what, string by)
    {
        string text = Encoding.Latin1.GetString(Read("two.eml"));
        Assert.Contains(what, text, StringComparison.Ordinal);
        ArcVerdict verdict = await CheckAsync(Mail.Octets(text.Replace(what, by)));
        Assert.Equal((AuthResult.Fail, ""), (verdict.Result, verdict.Results));
    }

    [Fact]
    public async Task A_chain_of_a_thousand_instances_is_not_walked()
    {
        string sets = string.Concat(Enumerable.Range(1, 1000).Select(i =>
            $"ARC-Seal: i={i}; cv=pass; a=rsa-sha256; d=x.example; s=s; b=AAAA\r\nARC-Message-Signature: i={i}\r\nARC-Authentication-Results: i={i}; x\r\n"));
        ZoneResolver zone = Zone();
        Assert.Equal(AuthResult.Fail, (await CheckAsync(Mail.Octets(sets + Mail.Simple), zone)).Result);
        Assert.Equal(0, zone.Asked);
    }

    [Fact]
    public async Task A_chain_without_its_keys_now_is_undecided() =>
        Assert.Equal(AuthResult.TempError, (await CheckAsync(Read("two.eml"), Zone().Failing("s._domainkey.one.example", "TXT"))).Result);

    [Fact]
    public async Task A_chain_cut_or_changed_anywhere_never_throws()
    {
        byte[] message = Read("two.eml");
        var random = new SeededRandom(11);
        for (int round = 0; round < 1000; round++)
        {
            byte[] changed = message[..(message.Length - random.Below(message.Length))];
            changed[random.Below(changed.Length)] = random.Bytes(1)[0];
            await CheckAsync(changed);
        }
    }

    private static byte[] Read(string file) => File.ReadAllBytes(TestFiles.Vector($"arc/{file}"));

    private static ZoneResolver Zone()
    {
        var zone = new ZoneResolver();
        foreach (string line in File.ReadAllLines(TestFiles.Vector("arc/keys.txt")))
            zone.Txt(line.Split(' ', 2)[0], line.Split(' ', 2)[1]);
        return zone;
    }

    private static async Task<ArcVerdict> CheckAsync(byte[] message, ZoneResolver? zone = null) =>
        await new ArcCheck(new DkimCheck(zone ?? Zone(), new TurnedClock()))
            .CheckAsync(new SignatureDigest(MailHeader.Read(message)), TestContext.Current.CancellationToken);
}
