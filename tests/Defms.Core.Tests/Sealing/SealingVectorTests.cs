using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Defms.Core.Sealing;

namespace Defms.Core.Tests.Sealing;

/// <summary>Against tests/vectors/sealing, which another implementation (reference.py, beside them) computed.</summary>
public sealed class SealingVectorTests
{
    private readonly JsonNode vector = TestFiles.Vector("seal.json");

    [Fact]
    public void Sub_keys_and_check_are_derived_as_in_the_vector()
    {
        using ThreadCipher cipher = Cipher(vector);
        byte[] derived = new byte[32];
        foreach ((string label, string field) in new[] { ("defms/1 check", "check"), ("defms/1 nonce", "nonceKey"), ("defms/1 seal", "sealKey") })
        {
            KeyDerivation.Derive(vector.Bytes("key"), vector.Bytes("salt"), label, derived);
            Assert.Equal(vector.Text(field), Convert.ToHexStringLower(derived));
        }
        Assert.Equal(vector.Text("check"), Convert.ToHexStringLower(cipher.Check));
    }

    [Fact]
    public void Each_plaintext_seals_to_the_bytes_of_the_vector_and_opens_again()
    {
        using ThreadCipher cipher = Cipher(vector);
        foreach (JsonNode? seal in vector["seals"]!.AsArray())
        {
            byte[] plaintext = seal!.Bytes("plaintext");
            Assert.Equal(seal!.Text("sealed"), Convert.ToHexStringLower(cipher.Seal(seal!.Text("kind"), plaintext)));
            Assert.True(cipher.TryOpen(seal!.Text("kind"), seal!.Bytes("sealed"), out byte[] opened));
            Assert.Equal(plaintext, opened);
        }
    }

    [Fact]
    public void Patterns_up_to_the_largest_plaintext_seal_as_in_the_vector()
    {
        using ThreadCipher cipher = Cipher(vector);
        foreach (JsonNode? pattern in vector["patterns"]!.AsArray())
        {
            byte[] plaintext = [.. Enumerable.Range(0, pattern!.Number("patternLength")).Select(i => (byte)(i * 31 % 251))];
            byte[] sealing = cipher.Seal(pattern!.Text("kind"), plaintext);

            Assert.Equal(pattern!.Number("sealedLength"), sealing.Length);
            Assert.Equal(pattern!.Text("nonce"), Convert.ToHexStringLower(sealing.AsSpan(0, Sealed.NonceLength)));
            Assert.Equal(pattern!.Text("sealedSha256"), Convert.ToHexStringLower(SHA256.HashData(sealing)));
            Assert.True(cipher.TryOpen(pattern!.Text("kind"), sealing, out byte[] opened));
            Assert.True(opened.AsSpan().SequenceEqual(plaintext));
        }
    }

    [Fact]
    public void Padme_gives_the_lengths_of_the_table()
    {
        foreach (JsonNode? row in vector["padme"]!.AsArray())
            Assert.Equal(row![1]!.GetValue<int>(), Sealed.Padme(row![0]!.GetValue<int>()));
    }

    [Fact]
    public void Everything_in_the_refused_vector_is_refused()
    {
        JsonNode refused = TestFiles.Vector("refused.json");
        using ThreadCipher cipher = Cipher(refused);
        foreach (JsonNode? one in refused["refused"]!.AsArray())
        {
            Assert.False(cipher.TryOpen(one!.Text("kind"), one!.Bytes("sealed"), out byte[] opened), one!.Text("why"));
            Assert.Empty(opened);
        }
    }

    private static ThreadCipher Cipher(JsonNode vector)
    {
        using ThreadKey key = new(vector.Bytes("key"));
        return key.WithSalt(vector.Bytes("salt"));
    }
}
