using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Sealing;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>
/// Who asks, shown with one HTTP request: a signature over method, path, digest of the body, both identities, time and a nonce, carried
/// in the field <see cref="HeaderName"/> (docs/formats/requests.md).
/// </summary>
public sealed record SignedRequest
{
    public const string HeaderName = "Defms-Request";
    public const int NonceLength = 16;

    /// <summary>How far the clocks of two machines may differ, and how long a nonce is remembered.</summary>
    public static readonly TimeSpan MaxClockDifference = TimeSpan.FromMinutes(10);

    /// <summary>In characters; the longest that is right has about 500.</summary>
    public const int MaxHeaderLength = 1024;

    private readonly byte[] nonce;

    private SignedRequest(Certificate from, Did to, long time, byte[] nonce)
    {
        From = from;
        To = to;
        Time = time;
        this.nonce = nonce;
    }

    public Certificate From { get; }

    public Did To { get; }

    /// <summary>Unix milliseconds.</summary>
    public long Time { get; }

    public ReadOnlySpan<byte> Nonce => nonce;

    /// <summary>The value of the header field for one request.</summary>
    /// <param name="path">From <c>/defms/</c> on, whatever an endpoint's URL has in front: a proxy may take that away.</param>
    /// <exception cref="ArgumentException">The time is before 1970 or after 9999.</exception>
    public static string Sign(Identity from, Did to, string method, string path, ReadOnlySpan<byte> body, long time, RandomSource random)
    {
        ObjectFields.RequireTime(time);
        byte[] nonce = random.Bytes(NonceLength);
        byte[] signature = from.Sign(Statement(from.Did, to, method, path, SHA256.HashData(body), time, nonce));
        var writer = new DagCborWriter(512);
        writer.Map(5)
            .Key("to"u8).Bytes(to.Bytes)
            .Key("time"u8).Int(time)
            .Key("nonce"u8).Bytes(nonce)
            .Key("signature"u8).Bytes(signature)
            .Key("certificate"u8);
        from.Certificate.Write(writer);
        return Base64Url.EncodeToString(writer.Written);
    }

    /// <summary>
    /// Reads the field and verifies its signature over this request. Whether time, nonce and recipient are acceptable is asked by the
    /// one who answers. <paramref name="error"/> is words that follow "the request".
    /// </summary>
    public static bool TryVerify(
        string? header, string method, string path, ReadOnlySpan<byte> body,
        [NotNullWhen(true)] out SignedRequest? request, [NotNullWhen(false)] out string? error)
    {
        request = null;
        if (!TryDecode(header, out byte[] encoded))
        {
            error = $"lacks a readable field {HeaderName}";
            return false;
        }
        var reader = new DagCborReader(encoded);
        int fields = reader.ReadMap();
        reader.Key("to"u8, ref fields);
        Did to = Did.Read(ref reader);
        reader.Key("time"u8, ref fields);
        long time = reader.ReadTime();
        reader.Key("nonce"u8, ref fields);
        byte[] nonce = reader.ReadExactly(NonceLength);
        reader.Key("signature"u8, ref fields);
        byte[] signature = reader.ReadExactly(VerifyingKey.SignatureLength);
        reader.Key("certificate"u8, ref fields);
        Certificate? from = Certificate.Read(ref reader);
        reader.EndMap(fields);
        if (!reader.End() || from is null)
            error = reader.Error ?? "lacks a certificate";
        else if (!from.Verifies(Statement(from.Identity, to, method, path, SHA256.HashData(body), time, nonce), signature))
            error = "was not signed by who sent it";
        else
        {
            request = new SignedRequest(from, to, time, nonce);
            error = null;
        }
        return request is not null;
    }

    /// <summary>Base64url without padding (RFC 4648 section 5), one text for one value: .NET by itself lets white space and padding pass.</summary>
    private static bool TryDecode(string? header, out byte[] encoded)
    {
        encoded = [];
        if (string.IsNullOrEmpty(header) || header.Length > MaxHeaderLength || !Base64Url.IsValid(header))
            return false;
        encoded = Base64Url.DecodeFromChars(header);
        return Base64Url.EncodeToString(encoded) == header;
    }

    private static byte[] Statement(Did from, Did to, string method, string path, byte[] bodyHash, long time, byte[] nonce) =>
        SignedStatement.Encode("defms/1 request"u8, 7, writer => writer
            .Text(method).Text(path).Bytes(bodyHash).Bytes(to.Bytes).Bytes(from.Bytes).Int(time).Bytes(nonce));
}
