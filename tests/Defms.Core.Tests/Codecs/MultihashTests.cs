using System.Globalization;
using System.Text;
using Defms.Core.Codecs;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Codecs;

public sealed class MultihashTests
{
    private const int TableRows = 260;

    [Fact]
    public void Every_row_of_the_multiformats_table_is_made_and_read()
    {
        string[] lines = File.ReadAllLines(TestData.Shared("multiformats/multihash/test_cases.csv"));
        Assert.Equal(TableRows, lines.Length - 1);
        foreach (string[] row in lines.Skip(1).Select(line => line.Split(',')))
        {
            int length = int.Parse(row[1], CultureInfo.InvariantCulture) / 8;
            Assert.True(Multihash.TryDigest(Code(row[0]), Encoding.UTF8.GetBytes(row[2]), out byte[] digest), row[0]);
            byte[] expected = Convert.FromHexString(row[3]);
            Assert.Equal(expected, Multihash.Encode(Code(row[0]), digest.AsSpan(0, length)));
            Assert.True(Multihash.TryRead(expected, out ulong code, out ReadOnlySpan<byte> read, out int whole));
            Assert.Equal(Code(row[0]), code);
            Assert.Equal(digest.AsSpan(0, length), read);
            Assert.Equal(expected.Length, whole);
        }
    }

    [Fact]
    public void A_multihash_cut_at_any_byte_is_refused()
    {
        byte[] whole = Multihash.Encode(Multihash.Blake2b256, new byte[32]);
        for (int length = 0; length < whole.Length; length++)
            Assert.False(Multihash.TryRead(whole.AsSpan(0, length), out _, out _, out _));
    }

    [Theory]
    [InlineData("00ffffffffffffffff7f")]
    [InlineData("008101")]
    [InlineData("128000")]
    public void A_digest_too_long_or_badly_counted_is_refused(string hex) =>
        Assert.False(Multihash.TryRead([.. Convert.FromHexString(hex), .. new byte[200]], out _, out _, out _));

    [Fact]
    public void An_unknown_function_is_said_to_be_unknown()
    {
        Assert.False(Multihash.Knows(0x1e));
        Assert.False(Multihash.TryDigest(0x1e, [], out byte[] digest));
        Assert.Empty(digest);
        Assert.True(Multihash.Knows(Multihash.Blake2b256));
    }

    /// <summary>RFC 7693 appendix A has the digest of "abc"; the others were made with Python's hashlib, at the edges of its 128-byte blocks.</summary>
    [Theory]
    [InlineData(0, 32, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")]
    [InlineData(127, 32, "f2fe67ff342e21b8f45e8f2e0bcd1d9243245d50ee6c78042e9c491388791c72")]
    [InlineData(128, 32, "c3582f71ebb2be66fa5dd750f80baae97554f3b015663c8be377cfcb2488c1d1")]
    [InlineData(129, 32, "f7f3c46ba2564ff4c4c162da1f5b605f9f1c4aa6a20652a9f9a337c1a2f5b9c9")]
    [InlineData(256, 64, "1ecc896f34d3f9cac484c73f75f6a5fb58ee6784be41b35f46067b9c65c63a6794d3d744112c653f73dd7deb6666204c5a9bfa5b46081fc10fdbe7884fa5cbf8")]
    [InlineData(1000, 20, "bf2818c04dc2fa6dfb864eee4f8901b6a27b0d08")]
    public void Blake2b_gives_the_known_digests(int length, int digestLength, string hex)
    {
        byte[] counted = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        Assert.Equal(hex, Convert.ToHexStringLower(Blake2b.HashData(counted, digestLength)));
    }

    [Fact]
    public void Blake2b_gives_the_digest_of_rfc_7693() => Assert.Equal(
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
        Convert.ToHexStringLower(Blake2b.HashData("abc"u8, 64)));

    private static ulong Code(string name) => name switch
    {
        "sha1" => Multihash.Sha1,
        "sha2-256" => Multihash.Sha2256,
        "sha2-512" => Multihash.Sha2512,
        "sha3" => Multihash.Sha3512,
        _ => throw new InvalidOperationException($"The table names {name}, which nobody here knows."),
    };
}
