using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Defms.Core.Identities;
using Defms.Core.Threads;
using Defms.Gateway.Authentication;
using Defms.Gateway.Smtp;

namespace Defms.Gateway.Configuration;

/// <summary>From the file to what a run needs.</summary>
internal static class ConfigReading
{
    private const int SmtpPortNumber = 25;
    private const int SubmissionPortNumber = 587;
    private const int SecureSubmissionPortNumber = 465;
    private const int DnsPort = 53;

    /// <param name="faults">Everything that is wrong, each a sentence that names key and reason.</param>
    public static bool TryRead(ConfigFile file, TimeProvider time, [NotNullWhen(true)] out GatewayConfig? config, out IReadOnlyList<string> faults)
    {
        var found = new List<string>();
        var gateway = new SectionReader(file, ConfigKeys.Gateway, found);
        GatewayConfig read = new()
        {
            Home = HomeOf(file, found) ?? "",
            HostName = ReadHostName(gateway),
            Endpoint = ReadEndpoint(gateway),
            Quota = gateway.Size("quota"),
            AccountQuota = gateway.Size("account-quota"),
            Dns = gateway.EndPoints("dns", DnsPort),
            IsVerbose = gateway.Choice("log", ("information", false), ("debug", true)),
            LogsJson = gateway.Choice("log-format", ("text", false), ("json", true)),
            Smtp = ReadSmtp(new SectionReader(file, ConfigKeys.Smtp, found)),
            Peers = ReadPeers(new SectionReader(file, ConfigKeys.Peers, found)),
            Outgoing = OutgoingConfig.Read(new SectionReader(file, ConfigKeys.Outgoing, found)),
            Imap = [.. file.Sections.Except(ConfigKeys.Fixed).Select(name => ImapConfig.Read(name, new SectionReader(file, name, found), time))],
        };
        faults = found;
        config = found.Count == 0 ? read : null;
        return config is not null;
    }

    /// <summary>The gateway's folder, which every command needs.</summary>
    public static string? HomeOf(ConfigFile file, List<string> faults)
    {
        var gateway = new SectionReader(file, ConfigKeys.Gateway, faults);
        return gateway.Required("home").Length > 0 ? gateway.Path("home") : null;
    }

    /// <summary>Every key with its value, as a file that could be used in place of the one that was read.</summary>
    public static string Print(ConfigFile file)
    {
        var text = new StringBuilder();
        foreach (string section in file.Sections)
        {
            text.Append(CultureInfo.InvariantCulture, $"[{section}]\n");
            foreach (ConfigKey key in ConfigKeys.Of(section))
            {
                ConfigValue? set = file.Find(section, key.Name);
                text.Append(CultureInfo.InvariantCulture, $"# {key.Meaning} ({set?.Source ?? "default"})\n");
                text.Append($"{key.Name} = {set?.Text ?? key.Default}".TrimEnd()).Append('\n');
            }
            text.Append('\n');
        }
        return text.ToString().TrimEnd();
    }

    private static string ReadHostName(SectionReader keys)
    {
        string name = keys.Required("hostname").TrimEnd('.');
        if (name.Length > 0 && Uri.CheckHostName(name) == UriHostNameType.Unknown)
            keys.Fault("hostname", $"'{name}' is no name of a host.");
        return name;
    }

    private static Uri? ReadEndpoint(SectionReader keys)
    {
        if (keys.Optional("endpoint") is not { } text)
            return null;
        if (Endpoint.TryParseUrl(text, out Uri url))
            return url;
        keys.Fault("endpoint", $"'{text}' is no endpoint: write http(s)://host[:port][/path].");
        return null;
    }

    private static SmtpConfig ReadSmtp(SectionReader keys)
    {
        long mail = keys.Size("max-mail") ?? Parcel.MaxSize;
        if (mail > Parcel.MaxSize)
            keys.Fault("max-mail", "a mail travels on in one parcel, which carries at most 40m.");
        return new SmtpConfig
        {
            Listeners =
            [
                .. keys.EndPoints("exchange", SmtpPortNumber).Select(place => new SmtpListener(place, SmtpPort.Exchange)),
                .. keys.EndPoints("submission", SubmissionPortNumber).Select(place => new SmtpListener(place, SmtpPort.Submission)),
                .. keys.EndPoints("submissions", SecureSubmissionPortNumber).Select(place => new SmtpListener(place, SmtpPort.SecureSubmission)),
            ],
            Certificate = ReadFile(keys, "certificate"),
            CertificateKey = ReadFile(keys, "certificate-key"),
            Policy = keys.Choice("sender-policy", ("mark", SenderPolicy.Mark), ("off", SenderPolicy.Off), ("refuse", SenderPolicy.Refuse)),
            RepairsLineEnds = keys.Choice("line-ends", ("refuse", false), ("repair", true)),
            Limits = new SmtpLimits
            {
                Mail = mail,
                Recipients = keys.Number("max-recipients", 1, Origin.MaxRecipients),
                Connections = keys.Number("max-connections", 1, 100_000),
                ConnectionsPerAddress = keys.Number("max-connections-per-address", 1, 100_000),
            }.Within(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
        };
    }

    private static PeersConfig ReadPeers(SectionReader keys)
    {
        var peers = new PeersConfig
        {
            Listen = keys.Urls("listen"),
            Certificate = ReadFile(keys, "certificate"),
            CertificateKey = ReadFile(keys, "certificate-key"),
            IsBehindProxy = keys.Flag("behind-proxy"),
        };
        if (peers.Listen.Any(address => address.IsSecure) && peers.Certificate is null)
            keys.Fault("certificate", "is needed to listen with https.");
        return peers;
    }

    private static string? ReadFile(SectionReader keys, string key)
    {
        string? path = keys.Path(key);
        if (path is not null && !File.Exists(path))
            keys.Fault(key, $"there is no file {path}.");
        return path;
    }
}
