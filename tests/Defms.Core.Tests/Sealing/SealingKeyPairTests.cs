using System.Text.Json.Nodes;
using Defms.Core.Sealing;

namespace Defms.Core.Tests.Sealing;

public sealed class SealingKeyPairTests
{
    private readonly SeededRandomSource random = new(7);

    [Theory]
    // RFC 7748 section 6.1, Alice and Bob.
    [InlineData(
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")]
    [InlineData(
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")]
    public void The_public_key_is_that_of_RFC_7748(string secret, string publicKey)
    {
        using SealingKeyPair pair = new(Convert.FromHexString(secret));
        Assert.Equal(publicKey, Convert.ToHexStringLower(pair.PublicKey));
    }

    [Fact]
    public void The_box_of_the_vector_opens()
    {
        JsonNode vector = TestFiles.Vector("box.json");
        using SealingKeyPair recipient = new(vector.Bytes("secret"));

        Assert.Equal(vector.Text("publicKey"), Convert.ToHexStringLower(recipient.PublicKey));
        Assert.True(recipient.TryOpen(vector.Bytes("box"), out byte[] opened));
        Assert.Equal(vector.Bytes("plaintext"), opened);
    }

    [Fact]
    public void What_is_sealed_to_a_key_opens_with_it_and_with_no_other()
    {
        using SealingKeyPair bob = new(random.Bytes(32));
        using SealingKeyPair mallory = new(random.Bytes(32));
        foreach (int length in new[] { 0, 1, 32, 5000 })
        {
            byte[] plaintext = random.Bytes(length);
            byte[] box = SealingKeyPair.Seal(bob.PublicKey, plaintext);

            Assert.Equal(length + SealingKeyPair.Overhead, box.Length);
            Assert.True(bob.TryOpen(box, out byte[] opened));
            Assert.Equal(plaintext, opened);
            Assert.False(mallory.TryOpen(box, out opened));
            Assert.Empty(opened);
        }
    }

    [Fact]
    public void A_box_with_any_bit_flipped_or_cut_short_is_refused()
    {
        using SealingKeyPair bob = new(random.Bytes(32));
        byte[] box = SealingKeyPair.Seal(bob.PublicKey, "a thread key"u8);
        for (int bit = 0; bit < box.Length * 8; bit++)
        {
            box[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(bob.TryOpen(box, out _), $"bit {bit}");
            box[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        for (int length = 0; length < box.Length; length++)
            Assert.False(bob.TryOpen(box.AsSpan(0, length), out _), $"{length} bytes");
    }

    [Fact]
    public void Points_of_small_order_and_wrong_lengths_are_no_public_keys()
    {
        using SealingKeyPair bob = new(random.Bytes(32));
        byte[] one = [1, .. new byte[31]];

        Assert.True(SealingKeyPair.IsPublicKey(bob.PublicKey));
        Assert.False(SealingKeyPair.IsPublicKey(new byte[32]));
        Assert.False(SealingKeyPair.IsPublicKey(one));
        Assert.False(SealingKeyPair.IsPublicKey([]));
        Assert.False(SealingKeyPair.IsPublicKey(bob.PublicKey[1..]));
        Assert.Throws<ArgumentException>(() => SealingKeyPair.Seal(one, "no one"u8));
    }
}
