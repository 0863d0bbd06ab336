using Defms.Core.Sealing;

namespace Defms.Core.Tests.Sealing;

public sealed class Argon2idTests
{
    private static readonly PassphraseCost Cheap = new(1, 8 << 10);

    [Fact]
    public void The_key_is_that_of_libsodiums_own_test()
    {
        // libsodium 1.0.18, test/default/pwhash_argon2id, seventh case.
        byte[] passphrase = Convert.FromHexString("b540beb016a5366524d4605156493f9874514a5aa58818cd0c6dfffaa9e90205f17b");
        byte[] key = new byte[231];
        Argon2id.Derive(passphrase, Convert.FromHexString("44071f6d181561670bda728d43fb79b4"), new PassphraseCost(1, 1631659), key);

        Assert.StartsWith("7fb72409b0987f8190c3729710e98c3f80c5a8727d425fdcde7f3644d467fe97", Convert.ToHexStringLower(key), StringComparison.Ordinal);
        Assert.EndsWith("5b2d98c13303b3fe76285531a826b6fc0fe8e3dddecf", Convert.ToHexStringLower(key), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_passphrase_salt_or_cost_gives_another_key()
    {
        byte[] salt = new SeededRandomSource(1).Bytes(16);
        string key = Derive("correct horse"u8, salt, Cheap);

        Assert.Equal(key, Derive("correct horse"u8, salt, Cheap));
        Assert.NotEqual(key, Derive("correct horsf"u8, salt, Cheap));
        Assert.NotEqual(key, Derive("correct horse"u8, new SeededRandomSource(2).Bytes(16), Cheap));
        Assert.NotEqual(key, Derive("correct horse"u8, salt, Cheap with { Passes = 2 }));
        Assert.NotEqual(key, Derive("correct horse"u8, salt, Cheap with { MemoryBytes = 16 << 10 }));
    }

    [Theory]
    [InlineData(0, 64 << 20)]
    [InlineData(65, 64 << 20)]
    [InlineData(3, (8 << 10) - 1)]
    [InlineData(3, (1 << 30) + 1)]
    [InlineData(-1, -1)]
    public void A_cost_that_an_altered_file_could_ask_for_is_refused(int passes, int memory)
    {
        PassphraseCost cost = new(passes, memory);
        Assert.False(cost.IsWithinBounds);
        Assert.Throws<ArgumentOutOfRangeException>(() => Argon2id.Derive("x"u8, new byte[16], cost, new byte[32]));
    }

    [Fact]
    public void The_default_cost_is_within_bounds() => Assert.True(PassphraseCost.Default.IsWithinBounds);

    private static string Derive(ReadOnlySpan<byte> passphrase, byte[] salt, PassphraseCost cost)
    {
        byte[] key = new byte[32];
        Argon2id.Derive(passphrase, salt, cost, key);
        return Convert.ToHexStringLower(key);
    }
}
