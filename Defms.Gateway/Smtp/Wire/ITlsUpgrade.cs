using System.IO.Pipelines;

namespace Defms.Gateway.Smtp.Wire;

/// <summary>Encrypts a connection as the server.</summary>
internal interface ITlsUpgrade
{
    /// <summary>Shakes hands.</summary>
    /// <returns>Null when no encryption came about; the connection is useless then.</returns>
    ValueTask<ITlsChannel?> AcceptAsync(IDuplexPipe clear, CancellationToken cancel);
}

/// <summary>An encrypted connection over a clear one. Disposing says goodbye and leaves the clear one open.</summary>
internal interface ITlsChannel : IAsyncDisposable
{
    IDuplexPipe Pipe { get; }

    TlsFacts Facts { get; }

    /// <summary>tls-server-end-point (RFC 5929, section 4); empty where it is not defined.</summary>
    ReadOnlyMemory<byte> EndPointBinding { get; }
}
