using System.Globalization;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Blocks;

public sealed class CidTests
{
    [Fact]
    public void Every_vector_is_parsed_to_its_bytes_and_parts()
    {
        foreach (string[] row in TestData.VectorRows("codecs/cid.txt", 6))
        {
            Assert.True(Cid.TryParse(row[0], out Cid cid), row[0]);
            Assert.Equal(row[1], Convert.ToHexStringLower(cid.Bytes));
            Assert.Equal(int.Parse(row[2], CultureInfo.InvariantCulture), cid.Version);
            Assert.Equal(Convert.ToUInt64(row[3], 16), cid.Codec);
            Assert.Equal(Convert.ToUInt64(row[4], 16), cid.HashFunction);
            Assert.Equal(int.Parse(row[5], CultureInfo.InvariantCulture), cid.Digest.Length);
            Assert.Equal(cid, Cid.From(TestData.Hex(row[1])));
            if (row[0][0] is 'b' or 'Q')
                Assert.Equal(row[0], cid.ToString());
        }
    }

    [Fact]
    public void Every_refused_vector_is_refused()
    {
        foreach (string[] row in TestData.VectorRows("codecs/cid-refused.txt", 2))
        {
            Assert.False(Cid.TryParse(row[0], out Cid cid), row[1]);
            Assert.True(cid.IsDefault);
        }
    }

    [Fact]
    public void No_changed_character_gives_a_second_text_of_a_name()
    {
        string text = Cid.Of(Cid.DagCbor, "x"u8).ToString();
        for (int at = 0; at < text.Length; at++)
        {
            for (char changed = '\0'; changed < 0x250; changed++)
            {
                char[] characters = text.ToCharArray();
                characters[at] = changed;
                if (Cid.TryParse(characters, out Cid cid) && characters[0] == 'b')
                    Assert.Equal(new string(characters), cid.ToString());
            }
        }
    }

    [Fact]
    public void A_name_cut_at_any_byte_is_refused()
    {
        foreach (string[] row in TestData.VectorRows("codecs/cid.txt", 6))
        {
            byte[] whole = TestData.Hex(row[1]);
            for (int length = 0; length < whole.Length; length++)
                Assert.False(Cid.TryRead(whole.AsSpan(0, length), out _, out _), $"{row[0]} cut to {length}");
            Assert.False(Cid.TryFrom([.. whole, 0], out _), row[0]);
            Assert.True(Cid.TryRead([.. whole, 0], out Cid cid, out int read));
            Assert.Equal(whole.Length, read);
            Assert.Equal(whole, cid.Bytes.ToArray());
        }
    }

    [Fact]
    public void Random_bytes_never_throw_and_keep_their_text()
    {
        Seeded.Check(50_000, random =>
        {
            byte[] bytes = [1, (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(40), .. random.Bytes(random.Next(140))];
            if (!Cid.TryRead(bytes, out Cid cid, out _))
                return;
            Assert.False(cid.Names(bytes), "a name that its own bytes hold by chance");
            Assert.True(Cid.TryParse(cid.ToString(), out Cid again));
            Assert.Equal(cid, again);
        });
    }

    [Fact]
    public void A_name_of_ours_is_version_1_with_sha2_256_and_one_of_two_codecs()
    {
        Assert.True(Cid.Of(Cid.Raw, []).IsOurs);
        Assert.True(Cid.Of(Cid.DagCbor, []).IsOurs);
        Assert.False(Cid.Of(0x70, []).IsOurs);
        Assert.False(default(Cid).IsOurs);
        Assert.False(Cid.From([0x12, 0x20, .. new byte[32]]).IsOurs);
        Assert.False(Cid.From([1, 0x55, 0x12, 20, .. new byte[20]]).IsOurs);
        Assert.StartsWith("bafyrei", Cid.Of(Cid.DagCbor, []).ToString(), StringComparison.Ordinal);
        Assert.Equal(Cid.ConstantPrefixLength, "bafyrei".Length);
    }

    [Fact]
    public void A_name_matches_its_bytes_alone()
    {
        Cid cid = Cid.Of(Cid.Raw, "hello"u8);
        Assert.True(cid.Names("hello"u8));
        Assert.False(cid.Names("hellO"u8));
        Assert.False(cid.Names([]));
        Assert.False(default(Cid).Names([]));
    }

    [Theory]
    [InlineData(Multihash.Identity)]
    [InlineData(Multihash.Sha1)]
    [InlineData(Multihash.Sha2256)]
    [InlineData(Multihash.Sha2512)]
    [InlineData(Multihash.Sha3512)]
    [InlineData(Multihash.Blake2b256)]
    public void A_name_made_with_a_known_function_matches_only_with_its_whole_digest(ulong function)
    {
        Assert.True(Multihash.TryDigest(function, "hello"u8, out byte[] digest));
        Assert.True(Named(function, digest).Names("hello"u8));
        Assert.False(Named(function, digest).Names("hellO"u8));
        Assert.False(Named(function, digest.AsSpan(0, digest.Length - 1)).Names("hello"u8));
        Assert.False(Named(function, []).Names("hello"u8));
    }

    [Fact]
    public void A_name_with_an_unknown_function_matches_nothing() => Assert.False(Named(0x1e, new byte[32]).Names([]));

    [Fact]
    public void The_default_name_is_empty_everywhere()
    {
        Cid none = default;
        Assert.True(none.IsDefault);
        Assert.Equal("", none.ToString());
        Assert.True(none.Bytes.IsEmpty);
        Assert.True(none.Digest.IsEmpty);
        Assert.Equal(none, new Cid());
        Assert.Equal(none.GetHashCode(), new Cid().GetHashCode());
        Assert.NotEqual(none, Cid.Of(Cid.Raw, []));
        Assert.True(none.CompareTo(Cid.Of(Cid.Raw, [])) < 0);
    }

    [Fact]
    public void Names_are_ordered_by_bytes_which_is_not_the_order_of_their_texts()
    {
        Cid[] names = [.. Enumerable.Range(0, 200).Select(i => Cid.Of(Cid.DagCbor, [(byte)i]))];
        Cid[] byBytes = [.. names.Order()];
        Assert.Equal([.. names.OrderBy(cid => Convert.ToHexString(cid.Bytes), StringComparer.Ordinal)], byBytes);
        Assert.NotEqual([.. names.OrderBy(cid => cid.ToString(), StringComparer.Ordinal)], byBytes);
    }

    [Fact]
    public void Names_chosen_to_end_alike_fall_on_different_places_of_a_table()
    {
        int[] codes = [.. Enumerable.Range(0, 1_000).Select(i => Named(Multihash.Sha2256, [.. BitConverter.GetBytes(i), .. new byte[28]]).GetHashCode())];
        Assert.True(codes.Distinct().Count() > 990);
    }

    [Fact]
    public void Bytes_that_are_no_name_are_the_callers_fault() => Assert.Throws<ArgumentException>(() => Cid.From([1, 2, 3]));

    private static Cid Named(ulong function, ReadOnlySpan<byte> digest) => Cid.From([1, (byte)Cid.Raw, .. Multihash.Encode(function, digest)]);
}
