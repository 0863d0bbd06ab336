namespace Defms.Gateway.Configuration;

/// <summary>A key that a section may have.</summary>
/// <param name="Default">As it would be written; empty for none.</param>
internal sealed record ConfigKey(string Name, string Default, string Meaning);

/// <summary>Every section and key there is; docs/operations.md lists them.</summary>
internal static class ConfigKeys
{
    public const string Gateway = "gateway";
    public const string Smtp = "smtp";
    public const string Peers = "peers";
    public const string Outgoing = "outgoing";

    /// <summary>Sections for accounts at providers are called <c>imap NAME</c>.</summary>
    public const string ImapPrefix = "imap ";

    private static readonly ConfigKey[] OfGateway =
    [
        new("home", "", "folder with identity and queue, made by 'defms-gateway init'"),
        new("hostname", "", "the gateway's name, which the MX record names"),
        new("endpoint", "", "where the accounts' machines reach it, for its card"),
        new("quota", "", "how much may wait here; then senders are told to come later"),
        new("account-quota", "", "how much may wait here for one person; then mail for him is refused"),
        new("dns", "", "name servers; else those of /etc/resolv.conf"),
        new("log", "information", "information or debug"),
        new("log-format", "text", "text or json, one line an event"),
    ];

    private static readonly ConfigKey[] OfSmtp =
    [
        new("exchange", "", "where other mail servers bring mail, as 0.0.0.0:25; several with commas"),
        new("submission", "", "where accounts' programs hand mail in with STARTTLS and a password, as 0.0.0.0:587"),
        new("submissions", "", "the same with TLS from the start, as 0.0.0.0:465"),
        new("certificate", "", "file for STARTTLS, .pem or .pfx; else one is made and kept"),
        new("certificate-key", "", "private key, where the .pem does not hold it"),
        new("sender-policy", "mark", "SPF, DKIM, DMARC: off, mark, or refuse where the domain asks for it"),
        new("line-ends", "refuse", "a bare CR or LF in a mail: refuse, or repair (breaks signatures)"),
        new("max-mail", "40m", "largest mail"),
        new("max-recipients", "100", "recipients of one mail"),
        new("max-connections", "1000", "sessions at a time"),
        new("max-connections-per-address", "50", "sessions of one address at a time"),
    ];

    private static readonly ConfigKey[] OfPeers =
    [
        new("listen", "http://127.0.0.1:4181", "where accounts' machines ask for mail; several with commas"),
        new("certificate", "", "file for https, .pem or .pfx"),
        new("certificate-key", "", "private key, where the .pem does not hold it"),
        new("behind-proxy", "no", "believe X-Forwarded-For of private addresses"),
    ];

    private static readonly ConfigKey[] OfOutgoing =
    [
        new("send", "no", "how accounts' mail leaves: no, direct (to each domain's servers), or smarthost"),
        new("tls", "opportunistic", "to the domains' servers: opportunistic, or required with a valid certificate"),
        new("tls-required-for", "", "domains whose servers get mail over TLS with a valid certificate or not at all, with commas"),
        new("smarthost", "", "the server that all mail leaves by"),
        new("smarthost-port", "587", "its port"),
        new("smarthost-security", "starttls", "starttls, tls, or insecure"),
        new("smarthost-user", "", "the name to log in with there"),
        new("smarthost-password-file", "", "file whose first line is the password"),
        new("dkim-selector", "defms", "under which the DKIM key stands in the DNS"),
        new("dkim-key", "", "PEM file with the secret key; else mail is not signed"),
    ];

    private static readonly ConfigKey[] OfImap =
    [
        new("account", "", "the address whose owner gets this mail"),
        new("host", "", "the provider's IMAP server"),
        new("port", "", "else 993, or 143 where security is not tls"),
        new("security", "tls", "tls, starttls, or insecure"),
        new("pin", "", "SHA-256 of the only certificate that is accepted"),
        new("user", "", "the name to log in with"),
        new("password-file", "", "file whose first line is the password"),
        new("password-command", "", "program that prints the password, with its arguments"),
        new("token-file", "", "file whose first line is an OAuth 2 access token"),
        new("token-command", "", "program that prints an OAuth 2 access token"),
        new("folders", "", "folders to fetch, with commas; else all but views, junk, trash and drafts"),
        new("poll", "300", "seconds between looks at folders that are not watched"),
        new("after", "keep", "what happens there to mail that is stored here: keep, delete, or move"),
        new("move-to", "", "the folder for 'after = move'"),
    ];

    /// <summary>Sections that are always there.</summary>
    public static IReadOnlyList<string> Fixed { get; } = [Gateway, Smtp, Peers, Outgoing];

    /// <summary>The keys of a section, in their order; none where there is no such section.</summary>
    public static IReadOnlyList<ConfigKey> Of(string section) => section switch
    {
        Gateway => OfGateway,
        Smtp => OfSmtp,
        Peers => OfPeers,
        Outgoing => OfOutgoing,
        _ when section.StartsWith(ImapPrefix, StringComparison.Ordinal) && section.Length > ImapPrefix.Length => OfImap,
        _ => [],
    };

    public static ConfigKey? Find(string section, string key) => Of(section).FirstOrDefault(known => known.Name == key);
}
