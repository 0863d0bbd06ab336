using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Defms.Gateway.Authentication.Dkim;

namespace Defms.Gateway.Authentication.Arc;

/// <summary>What the chain of those who passed a message on says (RFC 8617). It is reported and decides nothing by itself.</summary>
/// <param name="Result">None without a chain, pass or fail; temperror when a key could not be looked up.</param>
/// <param name="Count">Instances in the chain.</param>
/// <param name="OldestPass">The oldest instance since which nobody changed the message, 0 for all; only where the result is pass (5.2).</param>
/// <param name="Sealer">The domain that sealed last; whoever trusts it may believe <see cref="Results"/>.</param>
/// <param name="Results">What the first instance saw, its ARC-Authentication-Results unfolded; empty unless the result is pass.</param>
/// <param name="Reason">Why it does not pass, for people.</param>
public sealed record ArcVerdict(AuthResult Result, int Count, int OldestPass, string Sealer, string Results, string Reason)
{
    public static ArcVerdict None { get; } = new(AuthResult.None, 0, 0, "", "", "");
}

/// <summary>Validates the chain of a message (RFC 8617, 5.2).</summary>
internal sealed class ArcCheck(DkimCheck verifier)
{
    /// <summary>RFC 8617, 4.2.1 allows 50 instances. Each costs a key and a signature; real chains have one to four.</summary>
    private const int MaxInstances = 10;

    /// <summary>Characters of <see cref="ArcVerdict.Results"/>.</summary>
    private const int MaxResults = 2_000;

    public async Task<ArcVerdict> CheckAsync(SignatureDigest message, CancellationToken cancellation)
    {
        MailHeader header = message.Header;
        int count = header.Places("ARC-Seal").Count;
        if (count == 0 && header.Places("ARC-Message-Signature").Count == 0 && header.Places("ARC-Authentication-Results").Count == 0)
            return ArcVerdict.None;
        var fail = new ArcVerdict(AuthResult.Fail, count, 0, "", "", "the chain is not whole");
        if (count is 0 or > MaxInstances || !header.IsSound || !TryCollect(header, count, out ArcSet[] sets))
            return fail;
        fail = fail with { Sealer = sets[^1].Seal["d"]?.ToLowerInvariant() ?? "" };
        for (int i = 0; i < count; i++)
        {
            if (sets[i].Seal["cv"] != (i == 0 ? "none" : "pass") || sets[i].Seal["h"] is not null)
                return fail with { Reason = $"instance {i + 1} says that the chain was broken" };
        }

        return await VerifyAsync(message, sets, fail, cancellation);
    }

    private static bool TryCollect(MailHeader header, int count, out ArcSet[] sets)
    {
        var seals = new TagList?[count];
        var fields = new RawField[3, count];
        sets = [];
        string[] names = ["ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"];
        for (int kind = 0; kind < names.Length; kind++)
        {
            if (header.Places(names[kind]).Count != count)
                return false;
            var seen = new HashSet<int>();
            foreach (RawField field in header.All(names[kind]))
            {
                if (!TryInstance(header, field, kind == 0, out int instance, out TagList? tags) || instance > count || !seen.Add(instance))
                    return false;
                fields[kind, instance - 1] = field;
                seals[instance - 1] = tags;
            }
        }

        sets = [.. Enumerable.Range(0, count).Select(i => new ArcSet(fields[0, i], fields[1, i], fields[2, i], seals[i]!))];
        return true;
    }

    private static bool TryInstance(MailHeader header, RawField field, bool isResults, out int instance, out TagList? tags)
    {
        tags = null;
        instance = 0;
        string text = Encoding.Latin1.GetString(header.Value(field).Span);
        string? number;
        if (isResults)
        {
            string first = text.Split(';', 2)[0];
            number = first.Contains('=', StringComparison.Ordinal) && first.Split('=', 2) is [var name, var value] && name.Trim(' ', '\t', '\r', '\n') == "i" ? value : null;
        }
        else
        {
            number = TagList.TryParse(text, out tags) ? tags["i"] : null;
        }

        return int.TryParse(number?.Trim(' ', '\t', '\r', '\n'), NumberStyles.None, CultureInfo.InvariantCulture, out instance) && instance > 0;
    }

    private async Task<ArcVerdict> VerifyAsync(SignatureDigest message, ArcSet[] sets, ArcVerdict fail, CancellationToken cancellation)
    {
        (AuthResult newest, string why) = await VerifyMessageAsync(message, sets[^1], cancellation);
        if (newest != AuthResult.Pass)
            return fail with { Result = newest == AuthResult.TempError ? newest : AuthResult.Fail, Reason = $"the newest signature: {why}" };
        for (int i = sets.Length; i >= 1; i--)
        {
            (AuthResult seal, string reason) = await VerifySealAsync(message, sets, i, cancellation);
            if (seal != AuthResult.Pass)
                return fail with { Result = seal == AuthResult.TempError ? seal : AuthResult.Fail, Reason = $"seal {i}: {reason}" };
        }

        int oldest = await OldestPassAsync(message, sets, cancellation);
        string results = Encoding.Latin1.GetString(message.Header.Value(sets[0].Results).Span).ReplaceLineEndings("").Trim();
        return fail with { Result = AuthResult.Pass, OldestPass = oldest, Results = results[..Math.Min(results.Length, MaxResults)], Reason = "" };
    }

    private async Task<int> OldestPassAsync(SignatureDigest message, ArcSet[] sets, CancellationToken cancellation)
    {
        for (int i = sets.Length - 1; i >= 1; i--)
        {
            (AuthResult result, _) = await VerifyMessageAsync(message, sets[i - 1], cancellation);
            if (result != AuthResult.Pass)
                return i + 1;
        }

        return 0;
    }

    private async Task<(AuthResult Result, string Reason)> VerifyMessageAsync(SignatureDigest message, ArcSet set, CancellationToken cancellation)
    {
        if (SignatureFields.Read(message.Header, set.Signature, arc: true, out SignatureFields signature) is { } fault)
            return (AuthResult.PermError, fault);
        if (signature.Algorithm == DkimAlgorithm.RsaSha1 || signature.Names.Contains("ARC-Seal", StringComparer.OrdinalIgnoreCase))
            return (AuthResult.Policy, "it signs with SHA-1, or a seal");
        (AuthResult result, _, string reason) = await verifier.VerifyAsync(message, signature, cancellation);
        return (result, reason);
    }

    /// <summary>A seal is over all sets up to its own, each as results, signature, seal, in relaxed form (5.1.1).</summary>
    private async Task<(AuthResult Result, string Reason)> VerifySealAsync(SignatureDigest message, ArcSet[] sets, int instance, CancellationToken cancellation)
    {
        TagList seal = sets[instance - 1].Seal;
        byte[] signature = new byte[TagList.MaxLength];
        if (!DkimAlgorithms.TryParse(seal["a"], out DkimAlgorithm algorithm) || algorithm == DkimAlgorithm.RsaSha1
            || !Convert.TryFromBase64String(seal.Compact("b") ?? "", signature, out int length))
            return (AuthResult.PermError, "its algorithm or signature is none");
        string keyName = $"{seal["s"]}._domainkey.{seal["d"]}";
        byte[] digest = SealDigest(message, sets, instance);
        (AuthResult result, _, string reason) = await verifier.VerifyAsync(keyName, algorithm, digest, signature[..length], strictlyOwn: true, cancellation);
        return (result, reason);
    }

    private static byte[] SealDigest(SignatureDigest message, ArcSet[] sets, int instance)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < instance; i++)
        {
            message.Add(hash, sets[i].Results, relaxed: true);
            message.Add(hash, sets[i].Signature, relaxed: true);
            if (i < instance - 1)
                message.Add(hash, sets[i].SealField, relaxed: true);
        }

        SignatureDigest.AddOwn(hash, message.Header, sets[instance - 1].SealField, relaxed: true);
        return hash.GetHashAndReset();
    }

    private sealed record ArcSet(RawField Results, RawField Signature, RawField SealField, TagList Seal);
}
