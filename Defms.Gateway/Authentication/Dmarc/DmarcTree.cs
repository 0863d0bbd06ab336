using Defms.Gateway.Dns;

namespace Defms.Gateway.Authentication.Dmarc;

/// <summary>
/// The DNS tree walk of DMARCbis (draft-ietf-dmarc-dmarcbis, 4.10): which domain is the organisation's, and what policy holds, learnt from the
/// DMARC records between a name and its top instead of from a list of public suffixes (docs/decisions/0010). Remembers what it found, for one
/// message.
/// </summary>
internal sealed class DmarcTree(IResolver resolver)
{
    /// <summary>Names asked in one walk; a longer name continues at its last seven labels, so that no depth costs more.</summary>
    private const int MaxSteps = 8;

    private readonly Dictionary<string, (DmarcRecord? Record, bool Failed)> known = [];

    /// <summary>Some lookup had no answer; what is concluded may be wrong.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>The one DMARC record at a domain; null when there is none, or several, which count as none.</summary>
    public async Task<DmarcRecord?> RecordAsync(string domain, CancellationToken cancellation)
    {
        if (!known.TryGetValue(domain, out (DmarcRecord? Record, bool Failed) found))
        {
            DnsAnswer<string> answer = await resolver.TxtAsync($"_dmarc.{domain}", cancellation);
            var records = new List<DmarcRecord>();
            foreach (string text in answer.Records)
            {
                if (DmarcRecord.TryParse(text, out DmarcRecord record))
                    records.Add(record);
            }

            known[domain] = found = (records.Count == 1 ? records[0] : null, answer.Outcome == DnsOutcome.TemporaryFailure);
        }

        HasFailed |= found.Failed;
        return found.Record;
    }

    /// <summary>The organisational domain (4.10.2): psd=n is it, psd=y is above it, else the record nearest the top decides.</summary>
    public async Task<string> OrganizationAsync(string domain, CancellationToken cancellation)
    {
        string organization = domain;
        string below = domain;
        foreach (string step in Steps(domain))
        {
            DmarcRecord? record = await RecordAsync(step, cancellation);
            if (record is { PublicSuffix: 'n' })
                return step;
            if (record is { PublicSuffix: 'y' } && step != domain)
                return below;
            if (record is not null)
                organization = step;
            below = step;
        }

        return organization;
    }

    /// <summary>Where the policy for a domain stands (4.10.1): at the domain, at its organisation, or at the suffix above that. Null without one.</summary>
    public async Task<(string Domain, DmarcRecord Record)?> PolicyAsync(string domain, CancellationToken cancellation)
    {
        if (await RecordAsync(domain, cancellation) is { } own)
            return (domain, own);
        string organization = await OrganizationAsync(domain, cancellation);
        if (await RecordAsync(organization, cancellation) is { } record)
            return (organization, record);
        foreach (string step in Steps(domain))
        {
            if (await RecordAsync(step, cancellation) is { PublicSuffix: 'y' } suffix)
                return (step, suffix);
        }

        return null;
    }

    private static IEnumerable<string> Steps(string domain)
    {
        string[] labels = domain.Split('.');
        yield return domain;
        int from = labels.Length >= MaxSteps ? labels.Length - MaxSteps + 1 : 1;
        for (; from < labels.Length; from++)
            yield return string.Join('.', labels[from..]);
    }
}
