using Defms.Core.Mime;
using Defms.Gateway.Delivery.Client;
using Defms.Gateway.Delivery.Routes;

namespace Defms.Gateway.Configuration;

/// <summary>The section [outgoing]: how mail leaves. Null where none does.</summary>
/// <param name="Smarthost">Null for the exchangers of each domain.</param>
/// <param name="DkimKey">A PEM file; null where mail is not signed.</param>
internal sealed record OutgoingConfig(Smarthost? Smarthost, string DkimSelector, string? DkimKey)
{
    /// <summary>Of connections to domains' own servers.</summary>
    public TlsPolicy Tls { get; init; }

    /// <summary>Domains, in ASCII, where TLS is required whatever <see cref="Tls"/> says.</summary>
    public IReadOnlySet<string> TlsRequiredFor { get; init; } = new HashSet<string>();

    public static OutgoingConfig? Read(SectionReader keys)
    {
        bool? direct = keys.Choice("send", ("no", (bool?)null), ("direct", true), ("smarthost", false));
        string? key = keys.Path("dkim-key");
        if (key is not null && !File.Exists(key))
            keys.Fault("dkim-key", $"there is no file {key}; make one with 'openssl genrsa -out {key} 2048'.");
        TlsPolicy tls = keys.Choice("tls", ("opportunistic", TlsPolicy.Opportunistic), ("required", TlsPolicy.Required));
        HashSet<string> required = ReadDomains(keys, "tls-required-for");
        if (direct is not { } isDirect)
            return null;
        return new OutgoingConfig(isDirect ? null : ReadSmarthost(keys), keys.Text("dkim-selector"), key) { Tls = tls, TlsRequiredFor = required };
    }

    private static HashSet<string> ReadDomains(SectionReader keys, string key)
    {
        var domains = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string text in keys.List(key))
        {
            if (MailAddress.TryParse($"any@{text}", out MailAddress address))
                domains.Add(address.AsciiDomain);
            else
                keys.Fault(key, $"'{text}' is no domain.");
        }
        return domains;
    }

    private static Smarthost? ReadSmarthost(SectionReader keys)
    {
        string host = keys.Required("smarthost");
        int port = keys.Number("smarthost-port", 1, ushort.MaxValue);
        TlsPolicy tls = keys.Choice(
            "smarthost-security", ("starttls", TlsPolicy.Required), ("tls", TlsPolicy.Implicit), ("insecure", TlsPolicy.None));
        string? user = keys.Optional("smarthost-user");
        string? password = user is null ? null : ReadPassword(keys);
        if (user is not null && tls == TlsPolicy.None)
            keys.Fault("smarthost-security", "a password needs tls or starttls.");
        Credentials? credentials = user is null || tls == TlsPolicy.None ? null : new Credentials(user, password ?? "");
        return new Smarthost(host, port, tls, credentials);
    }

    private static string? ReadPassword(SectionReader keys)
    {
        string file = keys.Required("smarthost-password-file");
        if (file.Length == 0)
            return null;
        try
        {
            return File.ReadLines(keys.Path("smarthost-password-file")!).FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            keys.Fault("smarthost-password-file", e.Message);
            return null;
        }
    }
}
