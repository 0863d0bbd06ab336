using System.Net.Sockets;
using Defms.Core.Mime;
using Defms.Gateway.Authentication.Dkim;
using Defms.Gateway.Authentication.Spf;
using Defms.Gateway.Dns;

namespace Defms.Gateway.Authentication.Dmarc;

/// <summary>What DMARC says of the author that a message shows.</summary>
/// <param name="Domain">Of From, lower-case ASCII; empty when there is not exactly one.</param>
/// <param name="Policy">What that domain asks for when the result is fail; none for any other result.</param>
/// <param name="AlignedDkim">Domains of passing signatures that are aligned with From, without those whose key says t=y.</param>
/// <param name="IsSpfAligned">SPF passed for a domain that is aligned with From.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record DmarcVerdict(
    AuthResult Result, string Domain, DmarcPolicy Policy, IReadOnlyList<string> AlignedDkim, bool IsSpfAligned, string Reason);

/// <summary>Evaluates DMARC (RFC 7489, with the tree walk of DMARCbis) from what SPF and DKIM found.</summary>
internal sealed class DmarcCheck(IResolver resolver)
{
    /// <summary>
    /// From fields or mailboxes of more domains than this are not looked up: nobody writes such mail but to slip past. RFC 7489, 6.6.1 lets
    /// the strictest policy among them hold.
    /// </summary>
    private const int MaxAuthors = 4;

    /// <summary>Mailboxes of From that are looked at; a longer list is one author too many.</summary>
    private const int MaxMailboxes = 100;

    private readonly DmarcTree tree = new(resolver);

    // Several From fields fail even where their domains agree: one of them is signed and another is shown. A header that is not sound may hide
    // one that only the mail reader sees.
    public async Task<DmarcVerdict> CheckAsync(
        MailHeader header, SpfVerdict spf, IReadOnlyList<DkimSignature> signatures, CancellationToken cancellation)
    {
        List<string> authors = Authors(header, out bool tooMany);
        if (header.IsSound && authors.Count == 0)
            return Without(AuthResult.PermError, DmarcPolicy.None, "From names no domain");
        if (header.IsSound && !tooMany && authors.Count == 1 && header.Places("From").Count == 1)
            return await CheckAsync(authors[0], spf, signatures, cancellation);
        DmarcPolicy strictest = tooMany || authors.Count == 0 ? DmarcPolicy.Reject : await StrictestAsync(authors, cancellation);
        return Without(AuthResult.Fail, strictest, header.IsSound ? "there is more than one author" : "the header is not well-formed");
    }

    /// <summary>Whether a domain is aligned with the author's: the same, or, where that is enough, of the same organisation (RFC 7489, 3.1).</summary>
    public async Task<bool> IsAlignedAsync(string domain, string author, bool strict, CancellationToken cancellation)
    {
        if (domain.Length == 0 || strict || domain == author)
            return domain.Length > 0 && domain == author;
        string organization = await tree.OrganizationAsync(author, cancellation);
        bool within = domain == organization || domain.EndsWith("." + organization, StringComparison.Ordinal);
        return within && await tree.OrganizationAsync(domain, cancellation) == organization;
    }

    /// <summary>The different domains of all authors, as the reader that shows the mail reads them; the mailboxes may be too many.</summary>
    private static List<string> Authors(MailHeader header, out bool tooMany)
    {
        List<NamedAddress> mailboxes =
            [.. header.All("From").SelectMany(field => AddressList.Parse(header.Value(field).Span).Mailboxes).Take(MaxMailboxes + 1)];
        List<string> domains =
        [
            .. mailboxes.Take(MaxMailboxes)
                .Select(mailbox => mailbox.Address.AsciiDomain.TrimEnd('.'))
                .Where(domain => DnsName.TryCanonical(domain, out _))
                .Distinct(),
        ];
        tooMany = mailboxes.Count > MaxMailboxes || domains.Count > MaxAuthors;
        return domains;
    }

    private static DmarcVerdict Without(AuthResult result, DmarcPolicy policy, string reason) => new(result, "", policy, [], false, reason);

    private async Task<DmarcVerdict> CheckAsync(
        string author, SpfVerdict spf, IReadOnlyList<DkimSignature> signatures, CancellationToken cancellation)
    {
        (string Domain, DmarcRecord Record)? policy = await tree.PolicyAsync(author, cancellation);
        bool strictSpf = policy?.Record.StrictSpf ?? false;
        bool strictDkim = policy?.Record.StrictDkim ?? false;
        bool bySpf = spf.Result == AuthResult.Pass && await IsAlignedAsync(spf.Domain, author, strictSpf, cancellation);
        List<string> byDkim = [];
        foreach (DkimSignature signature in signatures.Where(signature => signature is { Result: AuthResult.Pass, IsTesting: false }))
        {
            if (!byDkim.Contains(signature.Domain) && await IsAlignedAsync(signature.Domain, author, strictDkim, cancellation))
                byDkim.Add(signature.Domain);
        }

        var verdict = new DmarcVerdict(AuthResult.Pass, author, DmarcPolicy.None, byDkim, bySpf, "");
        if (policy is null)
            return tree.HasFailed
                ? verdict with { Result = AuthResult.TempError, Reason = "the DNS has no answer for the policy now" }
                : verdict with { Result = AuthResult.None, Reason = $"{author} has no DMARC record" };
        if (bySpf || byDkim.Count > 0)
            return verdict;
        if (tree.HasFailed || IsUndecided(author, spf, signatures))
            return verdict with { Result = AuthResult.TempError, Reason = "the DNS has no answer now that SPF or DKIM needs" };
        DmarcPolicy asked = await AskedAsync(author, policy.Value.Domain, policy.Value.Record, cancellation);
        return verdict with { Result = AuthResult.Fail, Policy = asked, Reason = $"neither SPF nor DKIM speaks for {author}" };
    }

    /// <summary>Another attempt could still make a check pass that would be aligned; who is clearly somebody else has no such excuse.</summary>
    private static bool IsUndecided(string author, SpfVerdict spf, IReadOnlyList<DkimSignature> signatures) =>
        (spf.Result == AuthResult.TempError && SharesEnd(spf.Domain, author))
        || signatures.Any(signature => signature.Result == AuthResult.TempError && SharesEnd(signature.Domain, author));

    /// <summary>The last two labels agree, which those of one organisation nearly always do.</summary>
    private static bool SharesEnd(string left, string right) => left.Split('.').TakeLast(2).SequenceEqual(right.Split('.').TakeLast(2));

    private async Task<DmarcPolicy> StrictestAsync(List<string> authors, CancellationToken cancellation)
    {
        DmarcPolicy strictest = DmarcPolicy.None;
        foreach (string author in authors)
        {
            if (await tree.PolicyAsync(author, cancellation) is not var (domain, record))
                continue;
            DmarcPolicy asked = await AskedAsync(author, domain, record, cancellation);
            strictest = asked > strictest ? asked : strictest;
        }

        return strictest;
    }

    /// <summary>p=, or sp= and np= for a subdomain; a domain that is trying things out asks for one step less (DMARCbis, t=y).</summary>
    private async Task<DmarcPolicy> AskedAsync(string author, string at, DmarcRecord record, CancellationToken cancellation)
    {
        DmarcPolicy asked = author == at ? record.Policy
            : await ExistsAsync(author, cancellation) ? record.Subdomains
            : record.MissingSubdomains;
        return record.IsTesting && asked > DmarcPolicy.None ? asked - 1 : asked;
    }

    /// <summary>Whether a name is in the DNS at all; where that is not known, it is.</summary>
    private async Task<bool> ExistsAsync(string name, CancellationToken cancellation) =>
        (await resolver.AddressesAsync(name, AddressFamily.InterNetwork, cancellation)).Outcome != DnsOutcome.NoSuchName;
}
