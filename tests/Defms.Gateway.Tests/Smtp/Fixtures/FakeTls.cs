using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Defms.Gateway.Smtp;
using Defms.Gateway.Smtp.Wire;

namespace Defms.Gateway.Tests.Smtp.Fixtures;

/// <summary>Goes on in clear over a second pair of pipes, as if it were encrypted: what is written to the first is never seen there.</summary>
internal sealed class FakeTls : ITlsUpgrade
{
    public MemoryLine Line { get; } = new();

    public bool WasAsked { get; private set; }

    /// <summary>Whether octets that came in clear were still there when the handshake began.</summary>
    public bool FoundClearOctets { get; private set; }

    public ReadOnlyMemory<byte> Binding { get; init; }

    public ValueTask<ITlsChannel?> AcceptAsync(IDuplexPipe clear, CancellationToken cancel)
    {
        WasAsked = true;
        FoundClearOctets = clear.Input.TryRead(out ReadResult left) && !left.Buffer.IsEmpty;
        return new(new Channel(Line, Binding));
    }

    private sealed record Channel(MemoryLine Line, ReadOnlyMemory<byte> EndPointBinding) : ITlsChannel
    {
        public IDuplexPipe Pipe => Line;

        public TlsFacts Facts { get; } = new(SslProtocols.Tls13, TlsCipherSuite.TLS_AES_128_GCM_SHA256, "mx.example.org");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>A connection without a socket. The server runs inside of the client's writes, so that a test knows when it has done all it can.</summary>
internal sealed class MemoryLine : IDuplexPipe
{
    private static readonly PipeOptions Inline =
        new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0, resumeWriterThreshold: 0, useSynchronizationContext: false);

    private readonly Pipe toServer = new(Inline);
    private readonly Pipe toClient = new(Inline);

    public PipeReader Input => toServer.Reader;

    public PipeWriter Output => toClient.Writer;

    public async Task SendAsync(ReadOnlyMemory<byte> octets) => await toServer.Writer.WriteAsync(octets);

    public void HangUp() => toServer.Writer.Complete();

    /// <summary>What the server has sent since the last call.</summary>
    public string Hear()
    {
        if (!toClient.Reader.TryRead(out ReadResult result))
            return "";
        string heard = EncodingExtensions.GetString(Encoding.UTF8, result.Buffer);
        toClient.Reader.AdvanceTo(result.Buffer.End);
        return heard;
    }
}
