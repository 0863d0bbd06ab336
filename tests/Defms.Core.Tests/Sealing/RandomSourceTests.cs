namespace Defms.Core.Tests.Sealing;

public sealed class RandomSourceTests
{
    [Fact]
    public void The_system_source_fills_every_byte_and_never_repeats()
    {
        byte[] first = RandomSource.System.Bytes(4096);
        Assert.NotEqual(first, RandomSource.System.Bytes(4096));
        // Of 256 values, 4,096 random bytes miss one with a chance of about 1 in 36,000; two dozen missing means a broken source.
        Assert.InRange(first.Distinct().Count(), 232, 256);
        Assert.Empty(RandomSource.System.Bytes(0));
    }

    [Fact]
    public void A_seeded_source_gives_the_same_bytes_however_they_are_asked_for()
    {
        SeededRandomSource pieces = new(11);
        byte[] together = new SeededRandomSource(11).Bytes(100);
        byte[] joined = [.. pieces.Bytes(1), .. pieces.Bytes(0), .. pieces.Bytes(63), .. pieces.Bytes(36)];
        Assert.Equal(together, joined);
        Assert.NotEqual(together, new SeededRandomSource(12).Bytes(100));
    }
}
