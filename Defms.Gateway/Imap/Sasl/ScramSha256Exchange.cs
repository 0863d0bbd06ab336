using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Defms.Gateway.Imap.Sasl;

/// <summary>
/// SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding: the password is not sent, and the server proves that it knows it. User and
/// password are taken as they are written, in UTF-8.
/// </summary>
/// <param name="nonce">Printable ASCII without commas, fresh for every login.</param>
internal sealed class ScramSha256Exchange(string user, string password, string nonce) : ISaslExchange
{
    /// <summary>Fewer make the proof easy to guess from (RFC 7677, section 4).</summary>
    private const int MinIterations = 4096;

    /// <summary>About a second of one core; a server could otherwise keep it busy for ever.</summary>
    private const int MaxIterations = 2_000_000;

    private readonly string clientFirst = $"n={Escape(user)},r={nonce}";
    private byte[]? serverSignature;

    public string Mechanism => "SCRAM-SHA-256";

    public bool MaySucceed { get; private set; }

    public static string Escape(string name) => name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);

    public byte[] Initial() => Encoding.UTF8.GetBytes("n,," + clientFirst);

    public byte[]? Answer(byte[] challenge)
    {
        string text = Encoding.UTF8.GetString(challenge);
        return serverSignature is null ? Prove(text) : Verify(text);
    }

    private byte[]? Prove(string serverFirst)
    {
        string[] parts = serverFirst.Split(',');
        if (parts is not [['r', '=', .. string combined], ['s', '=', .. string salt64], ['i', '=', .. string count], ..]
            || !combined.StartsWith(nonce, StringComparison.Ordinal) || combined.Length == nonce.Length
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int iterations)
            || iterations is < MinIterations or > MaxIterations)
            return null;
        byte[] salt = new byte[salt64.Length];
        if (!Convert.TryFromBase64String(salt64, salt, out int length) || length == 0)
            return null;
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt.AsSpan(0, length), iterations, HashAlgorithmName.SHA256, 32);
        string withoutProof = $"c=biws,r={combined}";
        byte[] authMessage = Encoding.UTF8.GetBytes($"{clientFirst},{serverFirst},{withoutProof}");
        serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), authMessage);
        return Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(Proof(salted, authMessage))}");
    }

    private static byte[] Proof(byte[] salted, byte[] authMessage)
    {
        byte[] proof = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] signature = HMACSHA256.HashData(SHA256.HashData(proof), authMessage);
        for (int i = 0; i < proof.Length; i++)
            proof[i] ^= signature[i];
        return proof;
    }

    private byte[]? Verify(string serverFinal)
    {
        byte[] shown = new byte[serverFinal.Length];
        if (MaySucceed || !serverFinal.StartsWith("v=", StringComparison.Ordinal)
            || !Convert.TryFromBase64String(serverFinal.Split(',')[0][2..], shown, out int length)
            || !CryptographicOperations.FixedTimeEquals(shown.AsSpan(0, length), serverSignature))
            return null;
        MaySucceed = true;
        return [];
    }
}
