using System.Security.Cryptography;
using Defms.Core.Sealing;

namespace Defms.Core.Tests.Sealing;

public sealed class ThreadCipherTests
{
    private const string Kind = "defms/message";

    private readonly SeededRandomSource random = new(2026);

    [Fact]
    public void Every_length_around_the_steps_of_varint_and_padding_comes_back()
    {
        using ThreadCipher cipher = NewCipher();
        int[] steps = [1 << 14, 1 << 16, 1 << 18, Sealed.MaxPlaintextLength];
        foreach (int length in Enumerable.Range(0, 600).Concat(steps.SelectMany(step => Enumerable.Range(step - 4, 5))))
        {
            byte[] plaintext = random.Bytes(length);
            byte[] sealing = cipher.Seal(Kind, plaintext);

            Assert.Equal(Sealed.LengthOf(length), sealing.Length);
            Assert.True(cipher.TryOpen(Kind, sealing, out byte[] opened), $"{length} bytes");
            Assert.True(opened.AsSpan().SequenceEqual(plaintext), $"{length} bytes");
        }
    }

    [Fact]
    public void The_largest_plaintext_fits_a_block_and_one_byte_more_is_refused()
    {
        using ThreadCipher cipher = NewCipher();
        Assert.InRange(Sealed.LengthOf(Sealed.MaxPlaintextLength), Sealed.MaxPlaintextLength, Sealed.MaxLength);
        Assert.True(Sealed.Overhead + Sealed.Padme(3 + Sealed.MaxPlaintextLength + 1) > Sealed.MaxLength);
        Assert.Throws<ArgumentOutOfRangeException>(() => cipher.Seal(Kind, new byte[Sealed.MaxPlaintextLength + 1]));
    }

    [Fact]
    public void More_than_a_block_is_refused_even_if_a_party_sealed_it_by_every_other_rule()
    {
        byte[] padded = new byte[Sealed.Padme(3 + Sealed.MaxPlaintextLength + 1)];
        int length = Sealed.MaxPlaintextLength + 1;
        (padded[0], padded[1], padded[2]) = ((byte)(length | 0x80), (byte)(length >> 7 | 0x80), (byte)(length >> 14));
        byte[] secret = random.Bytes(ThreadKey.Length);
        byte[] salt = random.Bytes(ThreadKey.SaltLength);
        using ThreadKey key = new(secret);
        using ThreadCipher cipher = key.WithSalt(salt);

        Assert.False(cipher.TryOpen(Kind, SealByHand(secret, salt, padded), out _));
        Assert.True(cipher.TryOpen(Kind, SealByHand(secret, salt, [5, .. "hello"u8]), out _));
    }

    [Fact]
    public void The_same_plaintext_seals_to_the_same_bytes_also_on_another_machine()
    {
        byte[] secret = random.Bytes(ThreadKey.Length);
        byte[] salt = random.Bytes(ThreadKey.SaltLength);
        byte[] plaintext = random.Bytes(5000);
        using ThreadKey here = new(secret);
        using ThreadKey there = new(secret);
        using ThreadCipher first = here.WithSalt(salt);
        using ThreadCipher second = there.WithSalt(salt);

        Assert.Equal(first.Seal(Kind, plaintext), second.Seal(Kind, plaintext));
        Assert.True(first.Matches(second.Check));
    }

    [Fact]
    public void One_flipped_bit_anywhere_is_refused()
    {
        using ThreadCipher cipher = NewCipher();
        byte[] sealing = cipher.Seal(Kind, "Only you can read this."u8);
        for (int bit = 0; bit < sealing.Length * 8; bit++)
        {
            sealing[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(cipher.TryOpen(Kind, sealing, out _), $"bit {bit}");
            sealing[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.True(cipher.TryOpen(Kind, sealing, out _));
    }

    [Fact]
    public void Every_cut_and_every_appended_byte_is_refused()
    {
        using ThreadCipher cipher = NewCipher();
        byte[] sealing = cipher.Seal(Kind, random.Bytes(100));
        for (int length = 0; length < sealing.Length; length++)
            Assert.False(cipher.TryOpen(Kind, sealing.AsSpan(0, length), out _), $"{length} bytes");
        for (int next = 0; next < 256; next++)
            Assert.False(cipher.TryOpen(Kind, [.. sealing, (byte)next], out _));
    }

    [Fact]
    public void Who_has_the_key_cannot_seal_the_same_record_under_another_nonce()
    {
        byte[] secret = random.Bytes(ThreadKey.Length);
        byte[] salt = random.Bytes(ThreadKey.SaltLength);
        using ThreadKey key = new(secret);
        using ThreadCipher cipher = key.WithSalt(salt);
        byte[] padded = [5, .. "hello"u8];

        byte[] other = SealByHand(secret, salt, padded, random.Bytes(Sealed.NonceLength));

        Assert.Equal(cipher.Seal(Kind, "hello"u8), SealByHand(secret, salt, padded));
        Assert.False(cipher.TryOpen(Kind, other, out _));
    }

    [Fact]
    public void A_guess_of_the_plaintext_cannot_be_confirmed_from_the_CID_without_the_key()
    {
        byte[] salt = random.Bytes(ThreadKey.SaltLength);
        using ThreadKey key = ThreadKey.Create(random);
        using ThreadKey guessed = ThreadKey.Create(random);
        using ThreadCipher cipher = key.WithSalt(salt);
        using ThreadCipher guesser = guessed.WithSalt(salt);
        byte[] plaintext = "yes"u8.ToArray();

        byte[] sealing = cipher.Seal(Kind, plaintext);
        byte[] guess = guesser.Seal(Kind, plaintext);

        Assert.NotEqual(SHA256.HashData(sealing), SHA256.HashData(guess));
        Assert.NotEqual(sealing[..Sealed.NonceLength], guess[..Sealed.NonceLength]);
    }

    [Fact]
    public void Another_kind_another_salt_or_another_key_does_not_open()
    {
        byte[] salt = random.Bytes(ThreadKey.SaltLength);
        using ThreadKey key = ThreadKey.Create(random);
        using ThreadKey otherKey = ThreadKey.Create(random);
        using ThreadCipher cipher = key.WithSalt(salt);
        using ThreadCipher otherSalt = key.WithSalt(random.Bytes(ThreadKey.SaltLength));
        using ThreadCipher other = otherKey.WithSalt(salt);
        byte[] sealing = cipher.Seal(Kind, "for this thread"u8);

        Assert.False(cipher.TryOpen("defms/genesis", sealing, out _));
        Assert.False(otherSalt.TryOpen(Kind, sealing, out _));
        Assert.False(other.TryOpen(Kind, sealing, out _));
        Assert.False(cipher.Matches(otherSalt.Check));
        Assert.False(cipher.Matches(other.Check));
        Assert.False(cipher.Matches([]));
    }

    [Fact]
    public void Random_bytes_never_open_and_never_throw()
    {
        using ThreadCipher cipher = NewCipher();
        for (int length = 0; length < 2000; length++)
            Assert.False(cipher.TryOpen(Kind, random.Bytes(length), out _));
    }

    [Fact]
    public void Several_threads_seal_with_one_cipher()
    {
        using ThreadCipher cipher = NewCipher();
        byte[][] plaintexts = [.. Enumerable.Range(0, 200).Select(i => random.Bytes(i * 50))];
        byte[][] expected = [.. plaintexts.Select(plaintext => cipher.Seal(Kind, plaintext))];
        byte[][] sealings = new byte[plaintexts.Length][];

        Parallel.For(0, plaintexts.Length, i => sealings[i] = cipher.Seal(Kind, plaintexts[i]));

        Assert.Equal(expected, sealings);
    }

    [Fact]
    public void A_kind_that_is_no_short_ASCII_word_is_our_own_mistake()
    {
        using ThreadCipher cipher = NewCipher();
        foreach (string kind in new[] { "", new string('k', ThreadCipher.MaxKindLength + 1), "defms/é" })
        {
            Assert.Throws<ArgumentException>(() => cipher.Seal(kind, []));
            Assert.Throws<ArgumentException>(() => cipher.TryOpen(kind, new byte[100], out _));
        }
    }

    [Fact]
    public void A_disposed_cipher_or_key_is_of_no_more_use()
    {
        ThreadKey key = ThreadKey.Create(random);
        ThreadCipher cipher = key.WithSalt(random.Bytes(ThreadKey.SaltLength));
        byte[] sealing = cipher.Seal(Kind, "gone"u8);
        key.Dispose();
        Assert.True(cipher.TryOpen(Kind, sealing, out _));
        cipher.Dispose();

        Assert.Throws<ObjectDisposedException>(() => key.Bytes.ToArray());
        Assert.Throws<ObjectDisposedException>(() => cipher.Seal(Kind, []));
        Assert.Throws<ObjectDisposedException>(() => cipher.TryOpen(Kind, sealing, out _));
    }

    private ThreadCipher NewCipher()
    {
        using ThreadKey key = ThreadKey.Create(random);
        return key.WithSalt(random.Bytes(ThreadKey.SaltLength));
    }

    /// <summary>What a party with the key could make: any padded plaintext, and any nonce where one is given.</summary>
    private static byte[] SealByHand(byte[] secret, byte[] salt, byte[] padded, byte[]? nonce = null)
    {
        byte[] associated = [0x82, 0x6d, .. "defms/message"u8, 0x58, 0x20, .. salt];
        byte[] subKey = new byte[32];
        if (nonce is null)
        {
            KeyDerivation.Derive(secret, salt, "defms/1 nonce", subKey);
            nonce = new byte[Sealed.NonceLength];
            KeyedBlake2b.Hash(subKey, [(byte)associated.Length, 0, 0, 0, 0, 0, 0, 0, .. associated], padded, nonce);
        }
        KeyDerivation.Derive(secret, salt, "defms/1 seal", subKey);
        byte[] sealing = [.. nonce, .. new byte[padded.Length + Aead.TagLength]];
        Aead.Encrypt(subKey, nonce, padded, associated, sealing.AsSpan(Sealed.NonceLength));
        return sealing;
    }
}
