using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Defms.Gateway.Delivery.Client;

/// <summary>The TLS handshake with a server: what is asked of its certificate, and what was found.</summary>
internal static class Handshake
{
    /// <summary>How the connection is encrypted now; null where it is broken instead.</summary>
    public static async Task<TlsState?> RunAsync(SmtpWire wire, SessionTerms terms, CancellationToken cancel)
    {
        string? problem = null;
        string protocol = "TLS";
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = terms.ServerName,
            // A revocation list that cannot be fetched must not hold up mail; browsers have given them up too.
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = terms.Roots is null ? null : Trusting(terms.Roots),
            RemoteCertificateValidationCallback = (sender, _, _, errors) =>
            {
                problem = errors == SslPolicyErrors.None ? null : errors.ToString();
                protocol = ((SslStream)sender).SslProtocol.ToString();
                return problem is null || terms.Tls == TlsPolicy.Opportunistic;
            },
        };
        bool isDone = await wire.EncryptAsync(options, terms.Timeouts.Handshake, cancel);
        return isDone ? new TlsState(protocol, problem is null, problem) : null;
    }

    private static X509ChainPolicy Trusting(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }
}
