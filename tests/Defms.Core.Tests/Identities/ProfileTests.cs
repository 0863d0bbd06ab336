using System.Text;
using Defms.Core.Identities;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Identities;

public sealed class ProfileTests : IDisposable
{
    private readonly Identity alice = Seeds.Identity(Seeds.Counting);

    public void Dispose() => alice.Dispose();

    [Fact]
    public void Each_limit_may_be_reached_and_not_passed()
    {
        Issued(new Profile { Name = new string('n', Profile.MaxNameLength) });
        Refused(new Profile { Name = new string('n', Profile.MaxNameLength + 1) });
        Issued(new Profile { Name = new string('\u00fc', Profile.MaxNameLength / 2) });
        Refused(new Profile { Name = new string('\u00fc', Profile.MaxNameLength / 2) + "n" });

        Issued(new Profile { Addresses = Many(Profile.MaxAddresses, i => $"a{i}@example.org") });
        Refused(new Profile { Addresses = Many(Profile.MaxAddresses + 1, i => $"a{i}@example.org") });
        Issued(new Profile { Addresses = [Address(Profile.MaxAddressLength)] });
        Refused(new Profile { Addresses = [Address(Profile.MaxAddressLength + 1)] });

        Issued(new Profile { Endpoints = Many(Profile.MaxEndpoints, i => At($"https://h{i}.example")) });
        Refused(new Profile { Endpoints = Many(Profile.MaxEndpoints + 1, i => At($"https://h{i}.example")) });
        Issued(new Profile { Endpoints = [At("https://h.example/" + new string('a', Endpoint.MaxUrlLength - 18))] });
        Refused(new Profile { Endpoints = [At("https://h.example/" + new string('a', Endpoint.MaxUrlLength - 17))] });

        Issued(new Profile { Ipfs = Many(Profile.MaxIpfsAddresses, i => $"/ip4/192.0.2.{i}/tcp/4001") });
        Refused(new Profile { Ipfs = Many(Profile.MaxIpfsAddresses + 1, i => $"/ip4/192.0.2.{i}/tcp/4001") });
        Issued(new Profile { Ipfs = ["/" + new string('a', Profile.MaxIpfsAddressLength - 1)] });
        Refused(new Profile { Ipfs = ["/" + new string('a', Profile.MaxIpfsAddressLength)] });

        Issued(new Profile { Seq = int.MaxValue, Issued = Profile.MaxIssued });
        Refused(new Profile { Seq = -1 });
        Refused(new Profile { Issued = -1 });
        Refused(new Profile { Issued = Profile.MaxIssued + 1 });
    }

    [Fact]
    public void A_card_of_2048_bytes_is_issued_and_one_of_2049_is_not()
    {
        // Eight hosts with long names fill a card; the name takes up what is left.
        Profile full = new() { Endpoints = Many(7, i => At($"https://h.example/{i}" + new string('a', 156))) };
        int left = Card.MaxLength - alice.IssueCard(full with { Name = new string('n', 100) }).Encoded.Length;
        Assert.InRange(left, 0, 28);
        Assert.Equal(Card.MaxLength, Issued(full with { Name = new string('n', 100 + left) }).Encoded.Length);
        Refused(full with { Name = new string('n', 101 + left) });
    }

    [Fact]
    public void No_text_that_is_refused_on_a_card_is_put_on_one()
    {
        foreach (string hidden in RefusedText.HiddenCharacters)
        {
            Refused(new Profile { Name = $"Al{hidden}ice" });
            Refused(new Profile { Addresses = [$"al{hidden}ice@example.org"] });
            Refused(new Profile { Addresses = [$"alice@exam{hidden}ple.org"] });
            Refused(new Profile { Ipfs = [$"/dns/{hidden}"] });
        }
        Assert.All(RefusedText.Addresses, address => Refused(new Profile { Addresses = [address] }));
        Assert.All(RefusedText.Multiaddresses, address => Refused(new Profile { Ipfs = [address] }));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused_and_not_replaced()
    {
        foreach (string half in new[] { "\ud800", "\udc00", "a\udbff", "\udfffz", "\udc00\ud800" })
        {
            Refused(new Profile { Name = half });
            Refused(new Profile { Addresses = [half + "@example.org"] });
        }
    }

    [Fact]
    public void An_endpoint_that_hides_something_is_refused_and_not_trimmed()
    {
        string[] urls = ["https://user:word@h.example", "https://h.example?q", "https://h.example#f", "ftp://h.example", "https://b\u00fccher.example", "mailto:a@b.example", "relative"];
        Assert.All(urls, url => Refused(new Profile { Endpoints = [new Endpoint(new Uri(url, UriKind.RelativeOrAbsolute), alice.Did)] }));
        Refused(new Profile { Endpoints = [new Endpoint(new Uri("https://h.example"), default)] });
    }

    [Theory]
    [InlineData("Zo\u00eb O'Neil-\u0141ukasz")]
    [InlineData("\u0410\u043b\u0438\u0441\u0430")]
    [InlineData("\u5c71\u7530 \u592a\u90ce")]
    [InlineData("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645")]
    [InlineData("\ud83d\udc69\u200d\ud83d\udcbb")]
    [InlineData("e\u0301")]
    public void Names_of_many_scripts_are_carried_unchanged(string name) => Assert.Equal(name, Issued(new Profile { Name = name }).Name);

    [Theory]
    [InlineData("a@b")]
    [InlineData("alice@localhost")]
    [InlineData("Alice.B+list=x@Sub.Example.ORG")]
    [InlineData("..odd..dots.@example.org")]
    [InlineData("!#$%&'*+-/=?^_`{|}~@example.org")]
    [InlineData("\u5c71\u7530@\u4f8b\u3048.jp")]
    [InlineData("1@1.1")]
    public void Plain_addresses_are_carried_unchanged(string address) => Assert.Equal([address], Issued(new Profile { Addresses = [address] }).Addresses);

    [Fact]
    public void A_card_keeps_what_was_signed_when_the_profile_changes_afterwards()
    {
        List<string> addresses = ["alice@example.org"];
        Card card = alice.IssueCard(new Profile { Addresses = addresses });
        addresses[0] = "mallory@example.org";
        Assert.Equal(["alice@example.org"], card.Addresses);
    }

    [Fact]
    public void No_carried_text_holds_a_control_or_formatting_character() => Property.Holds(3_000, random =>
    {
        string name = RandomText(random);
        try
        {
            Card card = alice.IssueCard(new Profile { Name = name, Addresses = [$"a{RandomText(random)}@b"] });
            Assert.Equal(name, card.Name);
            Assert.All(card.Name.EnumerateRunes(), rune => Assert.False(IsUnseen(rune), $"U+{rune.Value:X4}"));
            Assert.All(card.Addresses[0].EnumerateRunes(), rune => Assert.False(IsUnseen(rune) || rune.Value is 0x200c or 0x200d, $"U+{rune.Value:X4}"));
        }
        catch (CardException)
        {
            // Refused: also right for some of them; which ones, the other tests say.
        }
    });

    /// <summary>An oracle that is not our list: Unicode's categories as this .NET knows them.</summary>
    private static bool IsUnseen(Rune rune) => Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Control
        or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator
        || (rune.Value is >= 0x2000 and < 0x2070 && Rune.GetUnicodeCategory(rune) == System.Globalization.UnicodeCategory.Format && rune.Value is not (0x200c or 0x200d));

    private static string RandomText(RandomSource random)
    {
        StringBuilder text = new();
        for (int count = random.Below(3); count >= 0; count--)
            text.Append((char)(random.Below(3) switch { 0 => random.Below(0x100), 1 => 0x2000 + random.Below(0x70), _ => random.Below(0x10000) }));
        return text.ToString();
    }

    private Card Issued(Profile profile)
    {
        Card card = alice.IssueCard(profile);
        Assert.True(Card.TryDecode(card.Encoded.Span, out Card? read, out string? error), error);
        Assert.Equal(card, read);
        return read;
    }

    private void Refused(Profile profile) => Assert.Throws<CardException>(() => alice.IssueCard(profile));

    private Endpoint At(string url) => new(new Uri(url), alice.Did);

    private static string Address(int length) => "a@" + string.Concat(Enumerable.Repeat("bcdefghij.", 30))[..(length - 3)].TrimEnd('.') + "k";

    private static T[] Many<T>(int count, Func<int, T> item) => [.. Enumerable.Range(0, count).Select(item)];
}
