using System.Text;

namespace Defms.Gateway.Imap.Sasl;

/// <summary>The client's side of one login (RFC 4422). Bytes are before base64.</summary>
internal interface ISaslExchange
{
    /// <summary>The mechanism's registered name.</summary>
    string Mechanism { get; }

    /// <summary>What is sent first.</summary>
    byte[] Initial();

    /// <summary>The answer to a challenge; null where the challenge is not acceptable and the login must end.</summary>
    byte[]? Answer(byte[] challenge);

    /// <summary>Whether the server may say that the login succeeded: it has proved what it had to prove.</summary>
    bool MaySucceed { get; }
}

/// <summary>PLAIN (RFC 4616): for TLS only, or where the person wants it so.</summary>
internal sealed class PlainExchange(string user, string password) : ISaslExchange
{
    public string Mechanism => "PLAIN";

    public bool MaySucceed => true;

    public byte[] Initial() => Encoding.UTF8.GetBytes($"\0{user}\0{password}");

    public byte[]? Answer(byte[] challenge) => null;
}

/// <summary>XOAUTH2, as Google and Microsoft document it.</summary>
internal sealed class XOAuth2Exchange(string user, string token) : ISaslExchange
{
    public string Mechanism => "XOAUTH2";

    public bool MaySucceed => true;

    public byte[] Initial() => Encoding.UTF8.GetBytes($"user={user}\u0001auth=Bearer {token}\u0001\u0001");

    /// <summary>A challenge is the reason of a refusal, which comes after an empty answer.</summary>
    public byte[]? Answer(byte[] challenge) => [];
}

/// <summary>OAUTHBEARER (RFC 7628).</summary>
internal sealed class OAuthBearerExchange(string user, string token, string host, int port) : ISaslExchange
{
    public string Mechanism => "OAUTHBEARER";

    public bool MaySucceed => true;

    public byte[] Initial() =>
        Encoding.UTF8.GetBytes($"n,a={ScramSha256Exchange.Escape(user)},\u0001host={host}\u0001port={port}\u0001auth=Bearer {token}\u0001\u0001");

    /// <summary>A challenge is the reason of a refusal, which comes after this answer (section 3.2.3).</summary>
    public byte[]? Answer(byte[] challenge) => [1];
}
