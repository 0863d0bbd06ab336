using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Defms.Core.Sealing;

namespace Defms.Core.Tests.Sealing;

public sealed class WycheproofTests
{
    [Fact]
    public void XChaCha20_Poly1305_answers_as_Wycheproof_says()
    {
        int judged = 0;
        foreach ((JsonNode group, JsonNode test) in TestFiles.Wycheproof("xchacha20_poly1305_test.json"))
        {
            string name = $"tcId {test.Number("tcId")}";
            byte[] ciphertext = [.. test.Bytes("ct"), .. test.Bytes("tag")];
            if (group.Number("ivSize") != Aead.NonceLength * 8)
                Assert.Throws<ArgumentException>(() => Decrypt(test, ciphertext));
            else if (test.Text("result") == "valid")
                Encrypts_and_decrypts(test, ciphertext, name);
            else
                Assert.True(Decrypt(test, ciphertext) is null, name);
            judged++;
        }
        Assert.Equal(315, judged);
    }

    [Fact]
    public void X25519_answers_as_Wycheproof_says()
    {
        int judged = 0;
        foreach ((_, JsonNode test) in TestFiles.Wycheproof("x25519_test.json"))
        {
            string name = $"tcId {test.Number("tcId")}";
            byte[] shared = new byte[32];
            bool agreed = SealingKeyPair.TryShare(test.Bytes("private"), test.Bytes("public"), shared);
            bool isZero = test["flags"]!.AsArray().Any(flag => flag!.GetValue<string>() == "ZeroSharedSecret");

            Assert.True(agreed == !isZero, name);
            Assert.True(SealingKeyPair.IsPublicKey(test.Bytes("public")) == !isZero, name);
            if (agreed)
                Assert.True(shared.AsSpan().SequenceEqual(test.Bytes("shared")), name);
            judged++;
        }
        Assert.Equal(518, judged);
    }

    [Fact]
    public void Hkdf_answers_as_Wycheproof_says()
    {
        int judged = 0;
        foreach ((_, JsonNode test) in TestFiles.Wycheproof("hkdf_sha256_test.json"))
        {
            byte[] derived = new byte[test.Number("size")];
            void Derive() => HKDF.DeriveKey(HashAlgorithmName.SHA256, test.Bytes("ikm"), derived, test.Bytes("salt"), test.Bytes("info"));
            if (test.Text("result") == "valid")
            {
                Derive();
                Assert.True(derived.AsSpan().SequenceEqual(test.Bytes("okm")), $"tcId {test.Number("tcId")}");
            }
            else
                Assert.ThrowsAny<ArgumentException>(Derive);
            judged++;
        }
        Assert.Equal(86, judged);
    }

    private static void Encrypts_and_decrypts(JsonNode test, byte[] ciphertext, string name)
    {
        byte[] encrypted = new byte[ciphertext.Length];
        Aead.Encrypt(test.Bytes("key"), test.Bytes("iv"), test.Bytes("msg"), test.Bytes("aad"), encrypted);
        Assert.True(encrypted.AsSpan().SequenceEqual(ciphertext), name);
        Assert.True(Decrypt(test, ciphertext)?.AsSpan().SequenceEqual(test.Bytes("msg")), name);
    }

    private static byte[]? Decrypt(JsonNode test, byte[] ciphertext)
    {
        byte[] plaintext = new byte[Math.Max(0, ciphertext.Length - Aead.TagLength)];
        return Aead.TryDecrypt(test.Bytes("key"), test.Bytes("iv"), ciphertext, test.Bytes("aad"), plaintext) ? plaintext : null;
    }
}
