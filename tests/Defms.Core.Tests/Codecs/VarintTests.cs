using System.Globalization;
using Defms.Core.Codecs;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Codecs;

public sealed class VarintTests
{
    [Fact]
    public void Every_vector_is_read_or_refused_as_it_says()
    {
        foreach (string[] row in TestData.VectorRows("codecs/varint.txt", 3))
        {
            byte[] bytes = TestData.Hex(row[0]);
            bool read = Varint.TryRead(bytes, out ulong value, out int length);
            Assert.Equal(row[1] != "-", read);
            Assert.Equal(read ? ulong.Parse(row[1], CultureInfo.InvariantCulture) : 0, value);
            Assert.Equal(read ? bytes.Length : 0, length);
            if (read)
                Assert.Equal(bytes, Written(value));
        }
    }

    [Fact]
    public void What_is_written_is_read_with_bytes_behind_it()
    {
        Seeded.Check(20_000, random =>
        {
            ulong value = (ulong)random.NextInt64() >> random.Next(64);
            byte[] written = Written(value);
            Assert.True(Varint.TryRead([.. written, 0xff, 0x01], out ulong read, out int length));
            Assert.Equal((value, written.Length), (read, length));
        });
    }

    [Fact]
    public void Random_bytes_have_one_reading_and_one_writing()
    {
        Seeded.Check(50_000, random =>
        {
            byte[] bytes = random.Bytes(random.Next(12));
            if (Varint.TryRead(bytes, out ulong value, out int length))
                Assert.Equal(bytes.AsSpan(0, length).ToArray(), Written(value));
        });
    }

    [Fact]
    public void More_than_63_bits_are_not_written() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Varint.Write(new byte[10], 1UL << 63));

    private static byte[] Written(ulong value)
    {
        byte[] bytes = new byte[Varint.Length(value)];
        Assert.Equal(bytes.Length, Varint.Write(bytes, value));
        return bytes;
    }
}
