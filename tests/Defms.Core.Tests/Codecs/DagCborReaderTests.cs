using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Codecs;

/// <summary>Reading an object of a known schema: <c>{"at": integer, "ok": bool, "key": 4 bytes, "name": text, "tags"?: [text], "target": link}</c>.</summary>
public sealed class DagCborReaderTests
{
    private sealed record Sample(long At, bool Ok, string Key, string Name, string? Tags, Cid Target);

    private static readonly Sample Known = new(-5, true, "01020304", "Çelik", "a,b", Cid.Of(Cid.Raw, "x"u8));

    [Fact]
    public void An_object_of_the_schema_is_read_whole()
    {
        Assert.Equal(Known, Read(Write(Known), out string? error));
        Assert.Null(error);
        Sample without = Known with { Tags = null };
        Assert.Equal(without, Read(Write(without), out _));
    }

    [Fact]
    public void An_object_cut_at_any_byte_is_refused()
    {
        byte[] whole = Write(Known);
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Null(Read(whole.AsSpan(0, length), out string? error));
            Assert.False(string.IsNullOrEmpty(error));
        }
    }

    [Fact]
    public void One_changed_byte_never_throws_and_what_is_taken_has_one_encoding()
    {
        byte[] bytes = Write(Known);
        for (int at = 0; at < bytes.Length; at++)
        {
            byte found = bytes[at];
            for (int value = 0; value < 256; value++)
            {
                bytes[at] = (byte)value;
                if (Read(bytes, out _) is { } read)
                    Assert.Equal(bytes, Write(read));
            }
            bytes[at] = found;
        }
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        Seeded.Check(50_000, random =>
        {
            byte[] bytes = Write(Known);
            for (int i = random.Next(1, 6); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            bytes = random.Next(2) == 0 ? bytes : bytes.AsSpan(0, random.Next(bytes.Length)).ToArray();
            if (Read(bytes, out _) is { } read)
                Assert.Equal(bytes, Write(read));
        });
    }

    [Fact]
    public void A_field_the_schema_does_not_know_is_refused()
    {
        byte[] more = new DagCborWriter().Map(2).Key("a"u8).Int(1).Key("b"u8).Int(1).ToArray();
        var reader = new DagCborReader(more);
        int fields = reader.ReadMap();
        reader.Key("a"u8, ref fields);
        reader.ReadUnsigned();
        reader.EndMap(fields);
        Assert.False(reader.End());
        Assert.Equal("has a field it does not know", reader.Error);
    }

    [Fact]
    public void The_first_fault_stays_and_later_reads_give_nothing()
    {
        var reader = new DagCborReader([0x61, 0x61, 0x01]);
        Assert.Equal(0UL, reader.ReadUnsigned());
        string? first = reader.Error;
        Assert.NotNull(first);
        Assert.Equal("", reader.ReadText(10));
        Assert.Equal(0, reader.ReadMap());
        Assert.Equal(0, reader.ReadArray(10));
        Assert.Equal(new byte[3], reader.ReadExactly(3));
        Assert.True(reader.ReadLink().IsEmpty);
        Assert.False(reader.ReadBool());
        Assert.False(reader.End());
        Assert.Equal(first, reader.Error);
    }

    [Theory]
    [InlineData("1a80000000")]
    [InlineData("1bffffffffffffffff")]
    public void A_number_beyond_the_limit_is_refused(string hex)
    {
        var reader = new DagCborReader(Convert.FromHexString(hex));
        Assert.Equal(0, reader.ReadInt32());
        Assert.True(reader.Failed);
    }

    [Theory]
    [InlineData("3b8000000000000000")]
    [InlineData("3bffffffffffffffff")]
    [InlineData("1b8000000000000000")]
    public void A_number_beyond_64_bits_with_sign_is_refused(string hex)
    {
        var reader = new DagCborReader(Convert.FromHexString(hex));
        Assert.Equal(0, reader.ReadInt64());
        Assert.True(reader.Failed);
    }

    [Theory]
    [InlineData("9bffffffffffffffff")]
    [InlineData("9a7fffffff")]
    [InlineData("83010101")]
    public void A_list_longer_than_its_limit_or_its_bytes_is_refused(string hex)
    {
        var reader = new DagCborReader(Convert.FromHexString(hex));
        Assert.Equal(0, reader.ReadArray(2));
        Assert.True(reader.Failed);
    }

    [Fact]
    public void A_link_that_is_not_one_of_ours_fails_ReadCid_alone()
    {
        byte[] version0 = [0xd8, 0x2a, 0x58, 0x23, 0, 0x12, 0x20, .. new byte[32]];
        var any = new DagCborReader(version0);
        Assert.Equal(34, any.ReadLink().Length);
        Assert.True(any.End());
        var ours = new DagCborReader(version0);
        Assert.True(ours.ReadCid().IsDefault);
        Assert.False(ours.End());
    }

    private static byte[] Write(Sample sample)
    {
        var writer = new DagCborWriter();
        writer.Map(sample.Tags is null ? 5 : 6);
        writer.Key("at"u8).Int(sample.At).Key("ok"u8).Bool(sample.Ok);
        writer.Key("key"u8).Bytes(Convert.FromHexString(sample.Key)).Key("name"u8).Text(sample.Name);
        if (sample.Tags?.Split(',') is { } tags)
        {
            writer.Key("tags"u8).Array(tags.Length);
            foreach (string tag in tags)
                writer.Text(tag);
        }
        return writer.Key("target"u8).Link(sample.Target).ToArray();
    }

    private static Sample? Read(ReadOnlySpan<byte> bytes, out string? error)
    {
        var reader = new DagCborReader(bytes);
        int fields = reader.ReadMap();
        reader.Key("at"u8, ref fields);
        long at = reader.ReadInt64();
        reader.Key("ok"u8, ref fields);
        bool ok = reader.ReadBool();
        reader.Key("key"u8, ref fields);
        byte[] key = reader.ReadExactly(4);
        reader.Key("name"u8, ref fields);
        string name = reader.ReadText(20);
        string? tags = reader.OptionalKey("tags"u8, ref fields) ? ReadTags(ref reader) : null;
        reader.Key("target"u8, ref fields);
        Cid target = reader.ReadCid();
        reader.EndMap(fields);
        bool whole = reader.End();
        error = reader.Error;
        return whole ? new Sample(at, ok, Convert.ToHexString(key), name, tags, target) : null;
    }

    private static string ReadTags(ref DagCborReader reader)
    {
        int count = reader.ReadArray(2);
        var tags = new List<string>();
        for (int i = 0; i < count; i++)
            tags.Add(reader.ReadText(1));
        if (count == 0 || tags.Any(tag => tag.Contains(',', StringComparison.Ordinal)))
            reader.Fail("has tags that this test cannot join");
        return string.Join(',', tags);
    }
}
