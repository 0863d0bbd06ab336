using Defms.Core.Sealing;

namespace Defms.Core.Tests.Sealing;

public sealed class SigningKeyTests
{
    // RFC 8032 section 7.1, tests 1 to 3: seed, public key, message, signature.
    public static TheoryData<string, string, string, string> Rfc8032 => new()
    {
        {
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        },
        {
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        },
        {
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        },
    };

    [Theory]
    [MemberData(nameof(Rfc8032))]
    public void Signs_as_RFC_8032_says(string seed, string publicKey, string message, string signature)
    {
        using SigningKey key = new(Convert.FromHexString(seed));
        byte[] octets = Convert.FromHexString(message);

        Assert.Equal(publicKey, Convert.ToHexStringLower(key.PublicKey));
        Assert.Equal(signature, Convert.ToHexStringLower(key.Sign(octets)));
        Assert.True(VerifyingKey.Verify(key.PublicKey, octets, Convert.FromHexString(signature)));
    }

    [Fact]
    public void A_signature_with_any_bit_flipped_is_refused()
    {
        using SigningKey key = new(new SeededRandomSource(1).Bytes(32));
        byte[] message = "Mail without a provider in the middle"u8.ToArray();
        byte[] signature = key.Sign(message);
        for (int bit = 0; bit < signature.Length * 8; bit++)
        {
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(VerifyingKey.Verify(key.PublicKey, message, signature), $"bit {bit}");
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.True(VerifyingKey.Verify(key.PublicKey, message, signature));
    }

    [Fact]
    public void Keys_and_signatures_of_a_wrong_length_are_refused_without_an_exception()
    {
        using SigningKey key = new(new SeededRandomSource(2).Bytes(32));
        byte[] signature = key.Sign([]);

        Assert.False(VerifyingKey.Verify([], [], signature));
        Assert.False(VerifyingKey.Verify(key.PublicKey[1..], [], signature));
        Assert.False(VerifyingKey.Verify(key.PublicKey, [], []));
        Assert.False(VerifyingKey.Verify(key.PublicKey, [], [.. signature, 0]));
    }

    [Fact]
    public void A_public_key_of_small_order_verifies_nothing()
    {
        // With the neutral element as key and as R, and s = 0, the bare equation holds for every message.
        byte[] neutral = [1, .. new byte[31]];
        Assert.False(VerifyingKey.Verify(neutral, "anything"u8, [.. neutral, .. new byte[32]]));
    }

    [Fact]
    public void A_key_that_was_disposed_signs_no_more()
    {
        SigningKey key = new(new SeededRandomSource(3).Bytes(32));
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Sign([]));
    }

    [Fact]
    public void A_seed_of_a_wrong_length_is_our_own_mistake()
    {
        Assert.Throws<ArgumentException>(() => new SigningKey(new byte[31]));
    }
}
