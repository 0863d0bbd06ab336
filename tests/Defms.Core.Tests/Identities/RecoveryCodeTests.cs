using Defms.Core.Identities;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Identities;

public sealed class RecoveryCodeTests
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    [Fact]
    public void A_code_is_56_characters_in_groups_of_four_and_reads_back() => Property.Holds(200, random =>
    {
        byte[] bytes = random.Bytes(RecoverySeed.Length);
        using RecoverySeed seed = RecoverySeed.From(bytes);
        string code = seed.ToCode();
        string[] groups = code.Split('-');

        Assert.Equal(14, groups.Length);
        Assert.All(groups, group => Assert.True(group.Length == 4 && group.All(Alphabet.Contains), group));
        Assert.Equal(bytes, Read(code));
    });

    [Fact]
    public void Every_single_wrong_character_is_noticed()
    {
        foreach (string code in Codes())
        {
            for (int at = 0; at < code.Length; at++)
            {
                foreach (char wrong in Alphabet.Where(c => c != code[at] && code[at] != '-'))
                    Assert.Null(Read($"{code[..at]}{wrong}{code[(at + 1)..]}"));
            }
        }
    }

    [Fact]
    public void Every_swap_of_two_different_neighbours_is_noticed()
    {
        foreach (string compact in Codes().Select(code => code.Replace("-", "")))
        {
            for (int at = 0; at + 1 < compact.Length; at++)
            {
                if (compact[at] != compact[at + 1])
                    Assert.Null(Read($"{compact[..at]}{compact[at + 1]}{compact[at]}{compact[(at + 2)..]}"));
            }
        }
    }

    [Fact]
    public void Every_swap_of_two_different_groups_is_noticed()
    {
        foreach (string[] groups in Codes().Select(code => code.Split('-')))
        {
            for (int at = 0; at + 1 < groups.Length; at++)
            {
                if (groups[at] != groups[at + 1])
                    Assert.Null(Read(string.Join('-', [.. groups[..at], groups[at + 1], groups[at], .. groups[(at + 2)..]])));
            }
        }
    }

    [Fact]
    public void A_missing_and_an_extra_character_are_noticed_wherever_they_are()
    {
        foreach (string compact in Codes().Select(code => code.Replace("-", "")))
        {
            for (int at = 0; at < compact.Length; at++)
            {
                Assert.Null(Read(compact.Remove(at, 1)));
                Assert.Null(Read(compact.Insert(at, "0")));
                Assert.Null(Read(compact.Insert(at, compact[at].ToString())));
            }
        }
    }

    [Fact]
    public void Case_spaces_hyphens_and_the_letters_O_I_L_do_not_matter()
    {
        using RecoverySeed seed = RecoverySeed.From(Seeds.Counting);
        string code = seed.ToCode();
        Assert.Contains('0', code);
        Assert.Contains('1', code);

        string[] written =
        [
            code.ToLowerInvariant(), code.Replace("-", ""), code.Replace('-', ' '), $"  {code}\r\n", code.Replace("-", " - "), code.Replace("-", "\n"),
            code.Replace('0', 'O'), code.Replace('0', 'o'), code.Replace('1', 'I'), code.Replace('1', 'i'), code.Replace('1', 'L'), code.Replace('1', 'l'),
            string.Join('-', code.Replace("-", "").ToCharArray()),
        ];
        Assert.All(written, text => Assert.Equal(Seeds.Counting, Read(text)));
    }

    [Fact]
    public void Letters_that_only_look_like_the_right_ones_are_refused()
    {
        // Between them the codes have every letter that something else looks like.
        string codes = string.Concat(Codes());
        (char Right, char Wrong)[] alike = [('K', '\u212a'), ('K', '\u041a'), ('S', '\u017f'), ('1', '\u0131'), ('1', '\u0130'), ('0', '\uff10'), ('V', 'U'), ('V', 'u'), ('5', '$')];
        foreach ((char right, char wrong) in alike)
        {
            Assert.Contains(right, codes);
            Assert.All(Codes().Where(code => code.Contains(right)), code => Assert.Null(Read(code.Replace(right, wrong))));
        }
        string code = Codes()[0];
        Assert.Null(Read(code.Replace('-', '\u2013')));
    }

    [Fact]
    public void No_text_throws() => Property.Holds(5_000, random =>
    {
        using RecoverySeed seed = RecoverySeed.Create(random);
        char[] text = [.. random.Below(2) == 0 ? seed.ToCode() : new string('0', random.Below(400))];
        for (int changes = random.Below(5); changes > 0 && text.Length > 0; changes--)
            text[random.Below(text.Length)] = random.Below(2) == 0 ? (char)random.Below(128) : (char)random.Below(65_536);
        if (Read(new string(text)) is { } bytes)
            Assert.Equal(RecoverySeed.Length, bytes.Length);
    });

    [Fact]
    public void A_seed_of_a_wrong_length_is_our_own_mistake() => Assert.Throws<ArgumentException>(() => RecoverySeed.From(new byte[31]));

    [Fact]
    public void An_epoch_out_of_bounds_is_our_own_mistake()
    {
        using RecoverySeed seed = RecoverySeed.From(Seeds.Counting);
        Assert.Throws<ArgumentOutOfRangeException>(() => seed.Derive(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => seed.Derive(Certificate.MaxEpoch + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Identity.From(seed, Certificate.MaxEpoch + 1));
    }

    [Fact]
    public void What_was_disposed_gives_no_secret_any_more()
    {
        RecoverySeed seed = RecoverySeed.From(Seeds.Counting);
        EpochKeys keys = seed.Derive(0);
        seed.Dispose();
        keys.Dispose();
        Assert.Throws<ObjectDisposedException>(seed.ToCode);
        Assert.Throws<ObjectDisposedException>(() => seed.Derive(0));
        Assert.Throws<ObjectDisposedException>(() => keys.Signing.Length);
        Assert.Throws<ObjectDisposedException>(() => keys.Sealing.Length);
        Assert.Throws<ObjectDisposedException>(() => keys.Filing.Length);
    }

    [Fact]
    public void No_secret_stands_in_what_ToString_says()
    {
        using RecoverySeed seed = RecoverySeed.From(Seeds.Counting);
        using EpochKeys keys = seed.Derive(0);
        using Identity identity = Identity.From(seed);
        object[] holders = [seed, keys, identity];
        Assert.All(holders, holder => Assert.Equal(holder.GetType().FullName, holder.ToString()));
    }

    private static string[] Codes() => [.. new[] { Seeds.Counting, Seeds.Ones, Seeds.Hashed, new byte[RecoverySeed.Length] }.Select(bytes =>
    {
        using RecoverySeed seed = RecoverySeed.From(bytes);
        return seed.ToCode();
    })];

    /// <summary>The seed of a code, seen through the code that it gives again; null where the code is refused.</summary>
    private static byte[]? Read(string code)
    {
        if (!RecoverySeed.TryParseCode(code, out RecoverySeed seed))
            return null;
        using (seed)
            return SimpleBase.Base32.Crockford.Decode(seed.ToCode().Replace("-", ""))[..RecoverySeed.Length];
    }
}
