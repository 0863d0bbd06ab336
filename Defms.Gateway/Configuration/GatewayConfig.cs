using System.Net;
using Defms.Core.Threads;
using Defms.Gateway.Authentication;
using Defms.Gateway.Smtp;
using Defms.Serving;

namespace Defms.Gateway.Configuration;

/// <summary>What a run needs to know, read and checked; made by <see cref="ConfigReading"/>.</summary>
internal sealed record GatewayConfig
{
    public required string Home { get; init; }

    public required string HostName { get; init; }

    /// <summary>The endpoint for the gateway's card; null to leave the card as it is.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Octets in the store's file; null for no bound.</summary>
    public long? Quota { get; init; }

    /// <summary>Octets of what waits for one person; null for no bound.</summary>
    public long? AccountQuota { get; init; }

    /// <summary>Name servers; none for those of the machine.</summary>
    public IReadOnlyList<IPEndPoint> Dns { get; init; } = [];

    public bool IsVerbose { get; init; }

    public bool LogsJson { get; init; }

    public required SmtpConfig Smtp { get; init; }

    public required PeersConfig Peers { get; init; }

    public OutgoingConfig? Outgoing { get; init; }

    public IReadOnlyList<ImapConfig> Imap { get; init; } = [];
}

/// <summary>The section [smtp].</summary>
internal sealed record SmtpConfig
{
    /// <summary>None where no mail comes by SMTP.</summary>
    public IReadOnlyList<SmtpListener> Listeners { get; init; } = [];

    public string? Certificate { get; init; }

    public string? CertificateKey { get; init; }

    public SenderPolicy Policy { get; init; } = SenderPolicy.Mark;

    public bool RepairsLineEnds { get; init; }

    /// <summary>A mail travels on in one parcel, so none may be larger than that carries.</summary>
    public SmtpLimits Limits { get; init; } = new() { Mail = Parcel.MaxSize };
}

/// <summary>The section [peers].</summary>
internal sealed record PeersConfig
{
    public required IReadOnlyList<ListenAddress> Listen { get; init; }

    public string? Certificate { get; init; }

    public string? CertificateKey { get; init; }

    public bool IsBehindProxy { get; init; }
}
