using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Defms.Gateway.Delivery.Client;

/// <summary>
/// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding: the server learns no password, and must prove that it knows
/// it. Name and password are used as they are, in UTF-8.
/// </summary>
/// <param name="nonce">Printable ASCII without a comma, new for each login.</param>
internal sealed class ScramSha256(Credentials credentials, string nonce)
{
    /// <summary>RFC 7677, 4: fewer would let a listener try passwords fast.</summary>
    private const int LeastIterations = 4096;

    /// <summary>About half a second of one core; a server must not be able to occupy us.</summary>
    private const int MostIterations = 1_000_000;

    private string FirstBare => $"n={Escape(credentials.User)},r={nonce}";

    private byte[] expected = [];

    public string First => "n,," + FirstBare;

    /// <summary>The answer to the server's first message; null where that cannot be accepted.</summary>
    public string? Prove(string serverFirst)
    {
        string[] parts = serverFirst.Split(',');
        if (parts.Length < 3 || !TryRead(parts[0], "r=", out string combined) || !combined.StartsWith(nonce, StringComparison.Ordinal)
            || combined.Length <= nonce.Length || !TryRead(parts[1], "s=", out string saltText) || !TryDecode(saltText, out byte[] salt)
            || !TryRead(parts[2], "i=", out string count)
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int iterations)
            || iterations is < LeastIterations or > MostIterations)
            return null;
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(credentials.Password), salt, iterations, HashAlgorithmName.SHA256, 32);
        string bare = $"c=biws,r={combined}";
        byte[] message = Encoding.UTF8.GetBytes($"{FirstBare},{serverFirst},{bare}");
        expected = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), message);
        return $"{bare},p={Convert.ToBase64String(Proof(salted, message))}";
    }

    /// <summary>Whether the server's last message proves that it knows the password.</summary>
    public bool IsProof(string serverFinal) =>
        expected.Length > 0 && TryRead(serverFinal.Split(',')[0], "v=", out string text) && TryDecode(text, out byte[] shown)
        && CryptographicOperations.FixedTimeEquals(shown, expected);

    private static byte[] Proof(byte[] salted, byte[] message)
    {
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] signature = HMACSHA256.HashData(SHA256.HashData(clientKey), message);
        return [.. clientKey.Zip(signature, (key, mask) => (byte)(key ^ mask))];
    }

    private static string Escape(string name) => name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);

    private static bool TryRead(string part, string prefix, out string value)
    {
        value = part.StartsWith(prefix, StringComparison.Ordinal) ? part[prefix.Length..] : "";
        return value.Length > 0;
    }

    private static bool TryDecode(string base64, out byte[] octets)
    {
        octets = new byte[base64.Length];
        bool isGood = Convert.TryFromBase64String(base64, octets, out int length) && length > 0;
        octets = octets[..(isGood ? length : 0)];
        return isGood;
    }
}
