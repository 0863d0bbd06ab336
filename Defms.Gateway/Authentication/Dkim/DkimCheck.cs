using Defms.Gateway.Dns;

namespace Defms.Gateway.Authentication.Dkim;

/// <summary>What became of one signature.</summary>
/// <param name="Domain">d=, lower case.</param>
/// <param name="Identity">i=, or @d=.</param>
/// <param name="SignedFields">The names in h=, as written; a name may come more often than the message has such fields (over-signing).</param>
/// <param name="HasLength">l= was there: anybody may have added to the body.</param>
/// <param name="IsTesting">The key says t=y. A failure then counts as if there were no signature; a pass is reported and carries this mark.</param>
/// <param name="Reason">Why it does not pass, for people; empty when it passes.</param>
public sealed record DkimSignature(
    AuthResult Result, string Domain, string Selector, string Identity, IReadOnlyList<string> SignedFields, bool HasLength, bool IsTesting, string Reason)
{
    /// <summary>Whether the signature vouches for the fields of this name: it passes for the whole body with a key meant seriously, and names it.</summary>
    public bool Covers(string field) =>
        Result == AuthResult.Pass && !HasLength && !IsTesting && SignedFields.Contains(field, StringComparer.OrdinalIgnoreCase);
}

/// <summary>Verifies the DKIM signatures of a message (RFC 6376, section 6, with RFC 8301 and RFC 8463).</summary>
public sealed class DkimCheck(IResolver resolver, TimeProvider time)
{
    /// <summary>Signatures looked at, first to last: author, provider, list and their second algorithms make four.</summary>
    public const int MaxSignatures = 5;

    /// <summary>Records under one key name that are tried: an operator who publishes two by mistake is still read.</summary>
    private const int MaxKeys = 2;

    /// <summary>How far a signer's clock may be ahead or behind.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    /// <summary>One result for each signature, at most <see cref="MaxSignatures"/>, in the order in which they stand; none throws.</summary>
    public Task<IReadOnlyList<DkimSignature>> CheckAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation) =>
        CheckAsync(new SignatureDigest(MailHeader.Read(octets)), cancellation);

    internal async Task<IReadOnlyList<DkimSignature>> CheckAsync(SignatureDigest message, CancellationToken cancellation)
    {
        var results = new List<DkimSignature>();
        foreach (RawField field in message.Header.All("DKIM-Signature").Take(MaxSignatures))
        {
            string? fault = SignatureFields.Read(message.Header, field, arc: false, out SignatureFields signature);
            results.Add(await CheckAsync(message, signature, message.Header.IsSound ? fault : "the header is not well-formed", cancellation));
        }

        return results;
    }

    /// <summary>The mathematics that DKIM and ARC share: the body hash, the key, the signature over the fields.</summary>
    internal async Task<(AuthResult Result, bool IsTesting, string Reason)> VerifyAsync(
        SignatureDigest message, SignatureFields signature, CancellationToken cancellation)
    {
        if (message.Body(signature) is not { } body)
            return (AuthResult.Fail, false, "the body is shorter than the part that was signed, or cut in too many ways");
        if (!body.AsSpan().SequenceEqual(signature.BodyHash))
            return (AuthResult.Fail, false, "the body was changed");
        return await VerifyAsync(signature.KeyName, signature.Algorithm, message.Fields(signature), signature.Signature, IsStrictlyOwn(signature), cancellation);
    }

    /// <summary>Verifies a signature over a digest by the key under a name.</summary>
    /// <param name="strictlyOwn">Whether the identity is of the signing domain itself, as t=s demands.</param>
    internal async Task<(AuthResult Result, bool IsTesting, string Reason)> VerifyAsync(
        string keyName, DkimAlgorithm algorithm, byte[] digest, byte[] signature, bool strictlyOwn, CancellationToken cancellation)
    {
        DnsAnswer<string> answer = await resolver.TxtAsync(keyName, cancellation);
        if (answer.Outcome == DnsOutcome.TemporaryFailure)
            return (AuthResult.TempError, false, "the DNS has no answer for its key now");
        (AuthResult Result, bool IsTesting, string Reason) last = (AuthResult.PermError, false, "its key is not there");
        foreach (string text in answer.Records.Take(MaxKeys))
        {
            last = DkimPublicKey.TryParse(text, out DkimPublicKey key)
                ? Verify(key, algorithm, digest, signature, strictlyOwn)
                : (AuthResult.PermError, false, "its key record cannot be understood");
            if (last.Result == AuthResult.Pass)
                break;
        }

        return last;
    }

    private static (AuthResult Result, bool IsTesting, string Reason) Verify(
        DkimPublicKey key, DkimAlgorithm algorithm, byte[] digest, byte[] signature, bool strictlyOwn)
    {
        if (key.IsRevoked)
            return (AuthResult.PermError, key.IsTesting, "its key was revoked");
        if (!key.Serves(algorithm))
            return (AuthResult.PermError, key.IsTesting, "its key is not for this algorithm");
        if (key.IsStrict && !strictlyOwn)
            return (AuthResult.PermError, key.IsTesting, "its key does not speak for subdomains");
        AuthResult result = key.Verify(algorithm, digest, signature);
        return (result, key.IsTesting, result switch
        {
            AuthResult.Pass => "",
            AuthResult.Fail => "the signature does not fit the header",
            AuthResult.Policy => "its key is too short or too long",
            _ => "its key cannot be read",
        });
    }

    private static bool IsStrictlyOwn(SignatureFields signature) =>
        signature.Identity.EndsWith("@" + signature.Domain, StringComparison.OrdinalIgnoreCase);

    private async Task<DkimSignature> CheckAsync(SignatureDigest message, SignatureFields signature, string? fault, CancellationToken cancellation)
    {
        (AuthResult result, bool testing, string reason) = fault is not null
            ? (AuthResult.PermError, false, fault)
            : Refuse(signature) ?? await VerifyAsync(message, signature, cancellation);
        if (testing && result is AuthResult.Fail or AuthResult.PermError or AuthResult.Policy)
            result = AuthResult.Neutral;
        return new DkimSignature(
            result, signature.Domain, signature.Selector, signature.Identity, signature.Names, signature.Length is not null, testing, reason);
    }

    private (AuthResult Result, bool IsTesting, string Reason)? Refuse(SignatureFields signature)
    {
        if (signature.Algorithm == DkimAlgorithm.RsaSha1)
            return (AuthResult.Policy, false, "it uses SHA-1");
        long now = time.GetUtcNow().ToUnixTimeSeconds();
        return signature.Expires < now - Skew.TotalSeconds ? (AuthResult.PermError, false, "it has expired") : null;
    }
}
