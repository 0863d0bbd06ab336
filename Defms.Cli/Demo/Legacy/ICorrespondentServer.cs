namespace Defms.Cli.Demo.Legacy;

/// <summary>The mail server of the people without Defms, for <see cref="OldTown.Domain"/>: takes mail by SMTP, files it into Maildirs, and passes on the rest.</summary>
internal interface ICorrespondentServer : IAsyncDisposable
{
    /// <summary>What it is, for the reader.</summary>
    string Name { get; }

    /// <summary>Of SMTP, on 127.0.0.1.</summary>
    int Port { get; }

    /// <summary>From now on it brings mail for a domain to a port of this machine.</summary>
    Task RouteAsync(string domain, int port, CancellationToken cancel);
}
