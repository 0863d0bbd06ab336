using System.Text.Json;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Codecs;

/// <summary>The IPLD codec fixtures (ipld/codec-fixtures): one value a file, whose name is its CID.</summary>
public sealed class DagCborFixtureTests
{
    private const int FixtureCount = 128;

    /// <summary>Files up to this length are tried with every value at every byte, longer ones with a few.</summary>
    private const int ShortLength = 256;

    [Fact]
    public void Every_fixture_is_encoded_again_to_the_same_bytes_and_name()
    {
        List<(string Name, byte[] Bytes)> fixtures = Fixtures();
        Assert.Equal(FixtureCount, fixtures.Count);
        foreach ((string name, byte[] bytes) in fixtures)
        {
            byte[]? again = DagCborCopy.TryEncodeAgain(bytes, out string? error);
            Assert.True(again is not null, $"{name} {error}");
            Assert.Equal(bytes, again);
            Assert.Equal(name, Cid.Of(Cid.DagCbor, again).ToString());
        }
    }

    [Fact]
    public void Every_negative_fixture_is_refused()
    {
        string folder = TestData.Shared("ipld/negative-fixtures/dag-cbor/decode");
        int tried = 0;
        foreach (string file in Directory.EnumerateFiles(folder, "*.json"))
        {
            using JsonDocument cases = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (JsonElement one in cases.RootElement.EnumerateArray())
            {
                Assert.False(DagCborTokens.IsValid(Convert.FromHexString(one.GetProperty("hex").GetString()!), out string? error));
                Assert.Contains("map key", error, StringComparison.Ordinal);
                tried++;
            }
        }
        Assert.True(tried > 0);
    }

    [Fact]
    public void A_fixture_cut_at_any_byte_is_refused()
    {
        foreach ((string name, byte[] bytes) in Fixtures())
        {
            for (int length = 0; length < bytes.Length; length++)
                Assert.False(DagCborTokens.IsValid(bytes.AsSpan(0, length), out _), $"{name} cut to {length} bytes");
        }
    }

    [Fact]
    public void A_byte_behind_a_fixture_is_refused()
    {
        foreach ((string name, byte[] bytes) in Fixtures())
            Assert.False(DagCborTokens.IsValid([.. bytes, 0], out _), name);
    }

    [Fact]
    public void One_changed_byte_never_throws_and_never_gives_a_second_encoding()
    {
        foreach ((string name, byte[] bytes) in Fixtures())
        {
            for (int at = 0; at < bytes.Length; at++)
            {
                byte found = bytes[at];
                foreach (byte change in Changes(bytes.Length, at))
                {
                    bytes[at] = (byte)(found ^ change);
                    if (DagCborCopy.TryEncodeAgain(bytes, out _) is { } again && !again.AsSpan().SequenceEqual(bytes))
                        Assert.Fail($"{name} with byte {at} xor {change} is taken though it is not canonical");
                }
                bytes[at] = found;
            }
        }
    }

    private static IEnumerable<byte> Changes(int length, int at) => length <= ShortLength
        ? Enumerable.Range(1, 255).Select(change => (byte)change)
        : [(byte)(1 << (at % 8)), 0x20];

    private static List<(string Name, byte[] Bytes)> Fixtures() =>
    [
        .. from file in Directory.EnumerateFiles(TestData.Shared("ipld/fixtures"), "*.dag-cbor", SearchOption.AllDirectories)
           select (Path.GetFileNameWithoutExtension(file), File.ReadAllBytes(file)),
    ];
}
