using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Defms.Serving;

namespace Defms.Gateway.Smtp.Wire;

/// <summary>TLS by the system's library, in the versions that it allows.</summary>
internal sealed class TlsUpgrade : ITlsUpgrade
{
    private readonly SslServerAuthenticationOptions options;
    private readonly ReadOnlyMemory<byte> binding;

    public TlsUpgrade(ServerCertificate certificate)
    {
        options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate.Leaf, certificate.Chain, offline: true),
            AllowRenegotiation = false,
        };
        binding = EndPointBinding(certificate.Leaf);
    }

    public async ValueTask<ITlsChannel?> AcceptAsync(IDuplexPipe clear, CancellationToken cancel)
    {
        var stream = new SslStream(new PipeStream(clear), leaveInnerStreamOpen: true);
        try
        {
            await stream.AuthenticateAsServerAsync(options, cancel);
            return new Channel(stream, binding);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            // Strangers' hellos fail in every way there is, and nothing can be told to them any more.
            await stream.DisposeAsync();
            return null;
        }
    }

    /// <summary>The certificate's hash by the function of its signature, SHA-256 instead of weaker ones.</summary>
    private static byte[] EndPointBinding(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        // sha384WithRSAEncryption, ecdsa-with-SHA384; the same with SHA-512; those without a hash of their own (EdDSA, PSS).
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(certificate.RawDataMemory.Span),
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(certificate.RawDataMemory.Span),
        "1.3.101.112" or "1.3.101.113" or "1.2.840.113549.1.1.10" => [],
        _ => SHA256.HashData(certificate.RawDataMemory.Span),
    };

    private sealed class Channel : ITlsChannel, IDuplexPipe
    {
        private readonly SslStream stream;

        public Channel(SslStream stream, ReadOnlyMemory<byte> binding)
        {
            this.stream = stream;
            // Reads of zero octets first, so that a silent client holds no buffer.
            Input = PipeReader.Create(stream, new StreamPipeReaderOptions(MemoryPool<byte>.Shared, leaveOpen: true, useZeroByteReads: true));
            Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(MemoryPool<byte>.Shared, leaveOpen: true));
            Facts = new TlsFacts(stream.SslProtocol, stream.NegotiatedCipherSuite, stream.TargetHostName);
            EndPointBinding = binding;
        }

        public IDuplexPipe Pipe => this;

        public PipeReader Input { get; }

        public PipeWriter Output { get; }

        public TlsFacts Facts { get; }

        public ReadOnlyMemory<byte> EndPointBinding { get; }

        public async ValueTask DisposeAsync()
        {
            try
            {
                await stream.ShutdownAsync();
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // The client has gone without a goodbye, as most do.
            }
            await Input.CompleteAsync();
            await Output.CompleteAsync(new OperationCanceledException());
            await stream.DisposeAsync();
        }
    }
}
