namespace Defms.Gateway.Authentication.Dmarc;

/// <summary>What a domain asks receivers to do with mail that only claims to be from it.</summary>
public enum DmarcPolicy
{
    None,
    Quarantine,
    Reject,
}

/// <summary>
/// A DMARC policy record (RFC 7489, 6.3, with np, psd and t of DMARCbis). Reporting is left to others: rua and ruf are not used.
/// </summary>
internal sealed record DmarcRecord(
    DmarcPolicy Policy, DmarcPolicy Subdomains, DmarcPolicy MissingSubdomains, bool StrictDkim, bool StrictSpf, bool IsTesting, char PublicSuffix)
{
    /// <summary>
    /// False for a text that is no DMARC record. A record whose p= is missing or unknown is one that asks for nothing. pct= is no lottery here:
    /// only 0, with which domains say that they are trying things out, means something, the same as t=y.
    /// </summary>
    public static bool TryParse(string text, out DmarcRecord record)
    {
        record = null!;
        if (!IsRecord(text) || !TagList.TryParse(text, out TagList tags) || tags.First != "v")
            return false;
        DmarcPolicy policy = Policies(tags["p"]) ?? DmarcPolicy.None;
        DmarcPolicy subdomains = Policies(tags["sp"]) ?? policy;
        record = new DmarcRecord(
            policy, subdomains, Policies(tags["np"]) ?? subdomains, Says(tags["adkim"], "s"), Says(tags["aspf"], "s"),
            Says(tags["t"], "y") || tags["pct"] == "0", Suffix(tags["psd"]));
        return true;
    }

    /// <summary>The version comes first and is exact but for white space (RFC 7489, 6.4).</summary>
    private static bool IsRecord(string text)
    {
        ReadOnlySpan<char> version = text.AsSpan(0, Math.Max(0, text.IndexOf(';', StringComparison.Ordinal) is var end and >= 0 ? end : text.Length));
        int equals = version.IndexOf('=');
        return equals > 0 && version[..equals].Trim(" \t").SequenceEqual("v") && version[(equals + 1)..].Trim(" \t").SequenceEqual("DMARC1");
    }

    private static DmarcPolicy? Policies(string? text) => text?.ToLowerInvariant() switch
    {
        "none" => DmarcPolicy.None,
        "quarantine" => DmarcPolicy.Quarantine,
        "reject" => DmarcPolicy.Reject,
        _ => null,
    };

    private static bool Says(string? value, string word) => word.Equals(value, StringComparison.OrdinalIgnoreCase);

    private static char Suffix(string? value) => value?.ToLowerInvariant() switch
    {
        "y" => 'y',
        "n" => 'n',
        _ => 'u',
    };
}
