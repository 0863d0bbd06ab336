using System.Text;
using Defms.Core.Sealing;
using Defms.Gateway.Authentication;
using Defms.Gateway.Authentication.Dkim;
using Defms.Gateway.Tests.Dns;

namespace Defms.Gateway.Tests.Authentication;

/// <summary>Small mails and a signer of example.org whose keys a zone publishes.</summary>
internal static class Mail
{
    public const string Simple =
        "From: Alice <alice@example.org>\r\nTo: bob@example.net\r\nSubject: Fish  and\r\n\tchips\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n"
        + "Message-ID: <1@example.org>\r\n\r\nHello  Bob,\t \r\n\r\nbring vinegar. \r\n\r\n\r\n";

    // Keys of one process: making RSA keys costs, and nothing depends on which they are.
    private static readonly Lazy<(DkimKey Key, string Pem)> LazyRsa = new(() => (DkimKey.CreateRsa("r", out string pem), pem));
    private static readonly Lazy<(DkimKey Key, string Pem)> LazyEd25519 = new(() => (DkimKey.CreateEd25519("e", new SeededRandom(5), out string pem), pem));

    public static DkimKey Rsa => LazyRsa.Value.Key;

    public static DkimKey Ed25519 => LazyEd25519.Value.Key;

    public static string RsaPem => LazyRsa.Value.Pem;

    public static string Ed25519Pem => LazyEd25519.Value.Pem;

    public static ZoneResolver Zone(string domain = "example.org") =>
        new ZoneResolver().Txt($"r._domainkey.{domain}", Rsa.Record).Txt($"e._domainkey.{domain}", Ed25519.Record);

    public static byte[] Octets(string text) => Encoding.Latin1.GetBytes(text);

    public static byte[] Signed(string text, string domain = "example.org", DkimKey? key = null, TimeProvider? clock = null)
    {
        byte[] octets = Octets(text);
        return [.. new DkimSigner(domain, [key ?? Ed25519], clock ?? new TurnedClock()).Sign(octets), .. octets];
    }

    /// <summary>A signature made by hand over chosen fields, for what our own signer would never write.</summary>
    public static byte[] SignedWith(string text, string tags, SigningKey key, string canonical = "relaxed/relaxed", long? length = null)
    {
        bool relaxedBody = canonical.EndsWith("/relaxed", StringComparison.Ordinal);
        MailHeader header = MailHeader.Read(Octets(text));
        string body = Convert.ToBase64String(Canonical.BodyHash(header.Body.Span, relaxedBody, length) ?? new byte[32]);
        string l = length is null ? "" : $" l={length};";
        string field = $"DKIM-Signature: v=1; a=ed25519-sha256; c={canonical};{l} {tags}; bh={body}; b=";
        byte[] unsigned = Octets($"{field}\r\n{text}");
        MailHeader whole = MailHeader.Read(unsigned);
        _ = SignatureFields.Read(whole, whole.Fields[0], arc: false, out SignatureFields signature);
        byte[] digest = new SignatureDigest(whole).Fields(signature);
        return Octets($"{field}{Convert.ToBase64String(key.Sign(digest))}\r\n{text}");
    }
}
