using System.Globalization;
using System.Text;
using Defms.Gateway.Authentication.Dkim;

namespace Defms.Gateway.Authentication;

/// <summary>The records that a domain needs so that a gateway may receive and send its mail, as lines of a zone file (RFC 1035, 5).</summary>
public static class DnsRecords
{
    /// <summary>Octets in one string of a TXT record; longer texts are written as several.</summary>
    private const int MaxString = 255;

    /// <param name="domain">The domain of the addresses, in ASCII.</param>
    /// <param name="host">The gateway's name, which must have A or AAAA records and a PTR back.</param>
    /// <param name="keys">The keys that sign for the domain.</param>
    public static string Zone(string domain, string host, IReadOnlyList<DkimKey> keys)
    {
        domain = domain.TrimEnd('.');
        host = host.TrimEnd('.');
        var zone = new StringBuilder();
        zone.Append("; Mail for ").Append(domain).Append(" comes to this gateway.\n");
        zone.Append(CultureInfo.InvariantCulture, $"{domain}. IN MX 10 {host}.\n");
        zone.Append("; Only this gateway sends for it (SPF). Name other senders before -all if there are any.\n");
        AppendText(zone, domain, "v=spf1 mx -all");
        if (!host.Equals(domain, StringComparison.OrdinalIgnoreCase))
            AppendText(zone, host, "v=spf1 a -all");
        zone.Append("; The keys that its mail is signed with (DKIM).\n");
        foreach (DkimKey key in keys)
            AppendText(zone, $"{key.Selector}._domainkey.{domain}", key.Record);
        zone.Append("; What others do with mail that only claims to come from it (DMARC). Begin with p=none if others still send for it.\n");
        AppendText(zone, $"_dmarc.{domain}", "v=DMARC1; p=quarantine; adkim=s; aspf=r");
        AppendTransportHint(zone, domain, host);
        return zone.ToString();
    }

    /// <summary>One TXT record on one line, its text cut into strings.</summary>
    internal static void AppendText(StringBuilder zone, string name, string text)
    {
        zone.Append(name).Append(". IN TXT");
        for (int start = 0; start < text.Length; start += MaxString)
        {
            string piece = text.Substring(start, Math.Min(MaxString, text.Length - start));
            zone.Append(" \"").Append(piece.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        }

        zone.Append('\n');
    }

    /// <summary>MTA-STS (RFC 8461) also needs a web server, so it is only a hint.</summary>
    private static void AppendTransportHint(StringBuilder zone, string domain, string host)
    {
        zone.Append("; Optional, so that others insist on TLS (MTA-STS): serve this policy and then add the record behind it, with a new id each time.\n");
        zone.Append(CultureInfo.InvariantCulture, $";   https://mta-sts.{domain}/.well-known/mta-sts.txt\n");
        foreach (string line in new[] { "version: STSv1", "mode: testing", $"mx: {host}", "max_age: 604800" })
            zone.Append(";     ").Append(line).Append('\n');
        zone.Append(CultureInfo.InvariantCulture, $"; _mta-sts.{domain}. IN TXT \"v=STSv1; id=1\"\n");
    }
}
