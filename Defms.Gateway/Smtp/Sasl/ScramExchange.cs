using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Defms.Core;

namespace Defms.Gateway.Smtp.Sasl;

/// <summary>One authentication by SCRAM-SHA-256 on the server's side (RFC 5802, section 5): first message, final message.</summary>
/// <param name="binding">tls-server-end-point of the connection; empty where channel binding is not offered.</param>
/// <param name="isPlus">Whether the client chose the mechanism with channel binding.</param>
internal sealed class ScramExchange(Passwords passwords, ReadOnlyMemory<byte> binding, bool isPlus)
{
    private const string BindingName = "tls-server-end-point";
    private const int NonceLength = 18;

    private ScramVerifier? verifier;
    private bool isKnown;
    private byte[] header = [];
    private string nonce = "";
    private string firstMessages = "";

    /// <summary>Who it is, once <see cref="TryFinish"/> said so.</summary>
    public string Account { get; private set; } = "";

    /// <summary>Reads the client's first message.</summary>
    /// <returns>The challenge; null when the message is refused.</returns>
    public async ValueTask<string?> ChallengeAsync(string clientFirst, CancellationToken cancel)
    {
        if (!TryReadHeader(clientFirst, out string? bare) || !TryReadFirst(bare, out string? account, out string? clientNonce))
            return null;
        Account = account;
        (verifier, isKnown) = await passwords.FindAsync(account, cancel);
        nonce = clientNonce + Convert.ToBase64String(passwords.Random.Bytes(NonceLength));
        string serverFirst = FormattableString.Invariant($"r={nonce},s={Convert.ToBase64String(verifier.Salt.Span)},i={verifier.Iterations}");
        firstMessages = $"{bare},{serverFirst}";
        return serverFirst;
    }

    /// <summary>Reads the client's final message and checks its proof.</summary>
    public bool TryFinish(string clientFinal, [NotNullWhen(true)] out string? serverFinal)
    {
        serverFinal = null;
        int at = clientFinal.LastIndexOf(",p=", StringComparison.Ordinal);
        if (verifier is null || at < 0 || !TryDecode(clientFinal[(at + 3)..], out byte[]? proof))
            return false;
        string withoutProof = clientFinal[..at];
        if (withoutProof.Split(',') is not [var channel, var echoed, ..] || echoed != $"r={nonce}" || !IsOurChannel(channel))
            return false;
        byte[] message = Encoding.UTF8.GetBytes($"{firstMessages},{withoutProof}");
        if (!Scram.IsProof(verifier, message, proof) || !isKnown)
            return false;
        serverFinal = $"v={Convert.ToBase64String(Scram.ServerSignature(verifier, message))}";
        return true;
    }

    /// <summary>gs2-header: the binding flag, and an authorization name that must be absent (nobody acts for others here).</summary>
    private bool TryReadHeader(string clientFirst, [NotNullWhen(true)] out string? bare)
    {
        bare = null;
        if (clientFirst.Split(',', 3) is not [var flag, "", var rest] || !IsFlagRight(flag))
            return false;
        header = Encoding.UTF8.GetBytes($"{flag},,");
        bare = rest;
        return true;
    }

    /// <summary>"y" says that the client could bind and thinks we cannot: somebody took the offer out if we made one.</summary>
    private bool IsFlagRight(string flag) =>
        isPlus ? flag == $"p={BindingName}" : flag == "n" || (flag == "y" && binding.IsEmpty);

    private static bool TryReadFirst(string bare, [NotNullWhen(true)] out string? account, [NotNullWhen(true)] out string? nonce)
    {
        (account, nonce) = (null, null);
        if (bare.Split(',') is not [['n', '=', .. var name], ['r', '=', .. var chance], ..] || name.Length == 0 || chance.Length == 0)
            return false;
        string plain = name.Replace("=2C", "", StringComparison.Ordinal).Replace("=3D", "", StringComparison.Ordinal);
        if (plain.Contains('='))
            return false;
        account = name.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        nonce = chance;
        return true;
    }

    private bool IsOurChannel(string channel)
    {
        if (!channel.StartsWith("c=", StringComparison.Ordinal) || !TryDecode(channel[2..], out byte[]? given))
            return false;
        byte[] expected = isPlus ? [.. header, .. binding.Span] : header;
        return CryptographicOperations.FixedTimeEquals(given, expected);
    }

    private static bool TryDecode(string base64, [NotNullWhen(true)] out byte[]? octets)
    {
        octets = new byte[base64.Length];
        bool isBase64 = Convert.TryFromBase64String(base64, octets, out int length);
        octets = isBase64 ? octets[..length] : null;
        return isBase64;
    }
}
