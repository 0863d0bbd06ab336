using Defms.Core.Mime;
using Defms.Core.Threads;
using Defms.Gateway.Imap;
using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Configuration;

/// <summary>A section [imap NAME]: an account at a provider, and whose mail it is.</summary>
internal sealed record ImapConfig(ImapAccount Account, MailAddress Owner)
{
    /// <summary>A program that asks a person for a password would wait for ever.</summary>
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(30);

    private static readonly string[] Secrets = ["password-file", "password-command", "token-file", "token-command"];

    public static ImapConfig Read(string section, SectionReader keys, TimeProvider time)
    {
        ImapSecurity security = keys.Choice(
            "security", ("tls", ImapSecurity.Tls), ("starttls", ImapSecurity.StartTls), ("insecure", ImapSecurity.Insecure));
        AfterStorage after = keys.Choice("after", ("keep", AfterStorage.Keep), ("delete", AfterStorage.Delete), ("move", AfterStorage.Move));
        if (after == AfterStorage.Move)
            keys.Required("move-to");
        IReadOnlyList<string> folders = keys.List("folders");
        (ISecretSource secret, bool isToken) = ReadSecret(keys, time);
        var account = new ImapAccount
        {
            Name = section[ConfigKeys.ImapPrefix.Length..],
            Host = keys.Required("host"),
            Port = keys.Optional("port") is null ? security == ImapSecurity.Tls ? 993 : 143 : keys.Number("port", 1, ushort.MaxValue),
            Security = security,
            PinnedSha256 = ReadPin(keys),
            User = keys.Required("user"),
            Login = isToken ? ImapLogin.Token : ImapLogin.Password,
            Secret = secret,
            Folders = folders.Count > 0 ? new FolderChoice { Names = folders } : FolderChoice.Default,
            PollInterval = TimeSpan.FromSeconds(keys.Number("poll", 1, 86_400)),
            AfterStorage = after,
            MoveTo = keys.Optional("move-to"),
            Limits = WireLimits.Default with { MessageOctets = Parcel.MaxSize },
        };
        return new ImapConfig(account, keys.Address("account"));
    }

    private static string? ReadPin(SectionReader keys)
    {
        string? pin = keys.Optional("pin");
        if (pin is not null && pin.Count(char.IsAsciiHexDigit) != 64)
            keys.Fault("pin", "a SHA-256 is 64 hexadecimal digits.");
        return pin;
    }

    private static (ISecretSource Secret, bool IsToken) ReadSecret(SectionReader keys, TimeProvider time)
    {
        string[] given = [.. Secrets.Where(key => keys.Optional(key) is not null)];
        if (given.Length != 1)
        {
            keys.Fault(Secrets[0], $"exactly one of {string.Join(", ", Secrets)} is needed.");
            return (new GivenSecret(""), false);
        }
        string key = given[0];
        bool isToken = key.StartsWith("token", StringComparison.Ordinal);
        if (key.EndsWith("file", StringComparison.Ordinal))
            return (new FileSecret(keys.Path(key)!), isToken);
        string[] words = keys.Text(key).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return (new CommandSecret(words[0], words[1..], CommandLimit, time), isToken);
    }
}
