using System.Text;
using Defms.Core.Codecs;
using Defms.Core.Tests.Fixtures;
using SimpleBase;
using Multibase = Defms.Core.Codecs.Multibase;

namespace Defms.Core.Tests.Codecs;

public sealed class MultibaseTests
{
    /// <summary>Bases whose texts are read but not written, and why.</summary>
    private static readonly Dictionary<string, string> ReadOnly = new(StringComparer.Ordinal)
    {
        ["base32pad"] = "SimpleBase names no padded base32; the reader adds the padding itself",
        ["base32padupper"] = "as base32pad",
        ["base32hexpad"] = "as base32pad",
        ["base32hexpadupper"] = "as base32pad",
    };

    /// <summary>Bases of multibase.csv that are not read at all, and why. None of them has rows in the test tables.</summary>
    private static readonly Dictionary<string, string> Unknown = new(StringComparer.Ordinal)
    {
        ["proquint"] = "experimental, spoken words; SimpleBase has no such base",
        ["none"] = "reserved characters that name no base",
    };

    [Theory]
    [InlineData("basic.csv")]
    [InlineData("leading_zero.csv")]
    [InlineData("two_leading_zeros.csv")]
    public void Every_row_of_a_table_is_read_and_written(string table)
    {
        (byte[] value, List<(string Base, string Text)> rows) = Table(table);
        Assert.Equal(23, rows.Count);
        foreach ((string name, string text) in rows)
        {
            Assert.True(Multibase.TryDecode(text, out byte[] decoded), $"{name} {text}");
            Assert.Equal(value, decoded);
            if (!ReadOnly.ContainsKey(name))
                Assert.Equal(text, Multibase.Encode(value, (MultibaseEncoding)text[0]));
        }
    }

    [Fact]
    public void Letters_of_either_case_are_read_where_the_base_allows_it()
    {
        (byte[] value, List<(string Base, string Text)> rows) = Table("case_insensitivity.csv");
        Assert.Equal(12, rows.Count);
        foreach ((string name, string text) in rows)
        {
            Assert.True(Multibase.TryDecode(text, out byte[] decoded), name);
            Assert.Equal(value, decoded);
        }
    }

    [Fact]
    public void Every_base_of_the_multiformats_table_is_read_or_listed_as_unknown()
    {
        IEnumerable<string[]> bases = File.ReadLines(TestData.Shared("multiformats/multibase/multibase.csv")).Skip(1).Select(line => line.Split(','));
        foreach (string[] one in bases.Where(one => one.Length > 2))
        {
            string prefix = char.ConvertFromUtf32(Convert.ToInt32(one[0][2..], 16));
            Assert.Equal(!Unknown.ContainsKey(one[2].Trim()), Multibase.TryDecode(prefix, out _));
        }
    }

    [Theory]
    [InlineData("bab", "trailing bits that are not zero")]
    [InlineData("ba", "a length that no bytes give")]
    [InlineData("baaa", "a length that no bytes give")]
    [InlineData("bae=", "padding where the base has none")]
    [InlineData("b====", "padding alone")]
    [InlineData("cae", "no padding where the base has it")]
    [InlineData("cae=====", "a padding character too few")]
    [InlineData("cae=======", "a padding character too many")]
    [InlineData("b0", "a character outside the alphabet")]
    [InlineData("bi1", "a character outside the alphabet")]
    [InlineData("b\u0131i", "a dotless i")]
    [InlineData("k\u212a", "the Kelvin sign, which folds to k")]
    [InlineData("f0", "half a byte")]
    [InlineData("mAB", "trailing bits that are not zero")]
    [InlineData("mAA==", "padding where the base has none")]
    [InlineData("uAA==", "padding where the base has none")]
    [InlineData("UAA", "no padding where the base has it")]
    [InlineData("MAA", "no padding where the base has it")]
    [InlineData("u AAA", "a space")]
    [InlineData("mAA\n", "a line end")]
    [InlineData("0000000001", "nine bits")]
    [InlineData("zI0", "characters outside the alphabet")]
    [InlineData("z\u0161", "a letter beyond ASCII")]
    [InlineData("1", "a reserved prefix")]
    [InlineData("", "nothing")]
    [InlineData("\ud83d", "half an emoji")]
    public void Text_that_encoding_would_not_give_is_refused(string text, string reason)
    {
        Assert.False(Multibase.TryDecode(text, out byte[] bytes), reason);
        Assert.Empty(bytes);
    }

    [Fact]
    public void Random_text_never_throws_and_what_is_taken_has_one_text_apart_from_case()
    {
        const string prefixes = "0179fFvVtTbBcChkKRzZmMuUpQ/\ud83d";
        Seeded.Check(200_000, random =>
        {
            string text = RandomText(random, prefixes[random.Next(prefixes.Length)]);
            if (Multibase.TryDecode(text, out byte[] bytes) && !"cCtT".Contains(text[0], StringComparison.Ordinal))
                Assert.Equal(text, Multibase.Encode(bytes, (MultibaseEncoding)text[0]), ignoreCase: "fFvVbBkK".Contains(text[0], StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Random_bytes_come_back_from_every_base()
    {
        Seeded.Check(2_000, random =>
        {
            byte[] bytes = random.Bytes(random.Next(70));
            bytes.AsSpan(0, random.Next(Math.Min(3, bytes.Length + 1))).Clear();
            foreach (MultibaseEncoding encoding in Enum.GetValues<MultibaseEncoding>())
            {
                string text = Multibase.Encode(bytes, encoding);
                Assert.True(Multibase.TryDecode(text, out byte[] decoded), $"{encoding} {text}");
                Assert.Equal(bytes, decoded);
            }
        });
    }

    [Theory]
    [InlineData('b', Multibase.MaxTextLength)]
    [InlineData('u', Multibase.MaxTextLength)]
    [InlineData('z', Multibase.MaxRadixTextLength)]
    [InlineData('k', Multibase.MaxRadixTextLength)]
    [InlineData('9', Multibase.MaxRadixTextLength)]
    public void Text_longer_than_the_limit_is_refused(char prefix, int limit)
    {
        Assert.False(Multibase.TryDecode(prefix + new string('2', limit), out _));
        Assert.False(Multibase.TryDecode(prefix + new string('2', 10_000_000), out _));
    }

    private static string RandomText(Random random, char prefix)
    {
        var text = new StringBuilder().Append(prefix);
        for (int i = random.Next(20); i > 0; i--)
        {
            text.Append(random.Next(40) switch
            {
                0 => (char)random.Next(65536),
                1 => '=',
                < 20 => "01"[random.Next(2)],
                _ => (char)random.Next(33, 127),
            });
        }
        return text.ToString();
    }

    private static (byte[] Value, List<(string Base, string Text)> Rows) Table(string name)
    {
        string[] lines = File.ReadAllLines(TestData.Shared($"multiformats/multibase/{name}"));
        byte[] value = Encoding.UTF8.GetBytes(lines[0].Split('"')[1].Replace("\\x00", "\0", StringComparison.Ordinal));
        return (value, [.. from line in lines.Skip(1) where line.Length > 0 let cells = line.Split(", ") select (cells[0], cells[1].Trim('"'))]);
    }
}
