using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Imap;

/// <summary>How a connection is made safe.</summary>
public enum ImapSecurity
{
    /// <summary>TLS from the first octet (port 993, RFC 8314).</summary>
    Tls,

    /// <summary>TLS after STARTTLS (port 143); a server without it is refused.</summary>
    StartTls,

    /// <summary>No TLS. Only a person's own word in the configuration, for a server on the same machine, makes this right.</summary>
    Insecure,
}

/// <summary>How the person is told to the server.</summary>
public enum ImapLogin
{
    /// <summary>The best that the server offers for a password: SCRAM-SHA-256, PLAIN, LOGIN.</summary>
    Password,

    /// <summary>An OAuth 2 access token: OAUTHBEARER (RFC 7628), else XOAUTH2.</summary>
    Token,
}

/// <summary>What happens to a mail at its origin once it is stored here.</summary>
public enum AfterStorage
{
    /// <summary>Nothing: the source is opened for reading only.</summary>
    Keep,

    Delete,

    /// <summary>It is moved to <see cref="ImapAccount.MoveTo"/>.</summary>
    Move,
}

/// <summary>An account at a provider, and how its mail is fetched.</summary>
public sealed record ImapAccount
{
    /// <summary>What the account is called in the log and in messages.</summary>
    public required string Name { get; init; }

    public required string Host { get; init; }

    public required int Port { get; init; }

    public ImapSecurity Security { get; init; } = ImapSecurity.Tls;

    /// <summary>
    /// SHA-256 of the server's certificate (DER), 64 hexadecimal digits with or without colons. When set, this certificate and no other is
    /// accepted, whoever signed it; when null, the machine's authorities and the host name decide.
    /// </summary>
    public string? PinnedSha256 { get; init; }

    public required string User { get; init; }

    public ImapLogin Login { get; init; } = ImapLogin.Password;

    /// <summary>The password or token; asked for at every connection, since tokens end.</summary>
    public required ISecretSource Secret { get; init; }

    public FolderChoice Folders { get; init; } = FolderChoice.Default;

    /// <summary>Folders that are watched with IDLE, each over a connection of its own. Those that are not chosen are passed over.</summary>
    public IReadOnlyList<string> Watched { get; init; } = ["INBOX"];

    public AfterStorage AfterStorage { get; init; } = AfterStorage.Keep;

    /// <summary>The folder for <see cref="AfterStorage.Move"/>. It must be there, and is not fetched from.</summary>
    public string? MoveTo { get; init; }

    /// <summary>How often folders are looked at that are not watched, or that the server cannot watch.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a server may be silent when it is its turn.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Most octets of mail in memory at a time; a single mail may exceed it, and is then alone.</summary>
    public long OctetsInFlight { get; init; } = 32L * 1024 * 1024;

    public WireLimits Limits { get; init; } = WireLimits.Default;
}
