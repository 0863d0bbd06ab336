using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Defms.Gateway.Imap;

/// <summary>The TLS handshake with a server, and the check of its certificate.</summary>
internal static class TlsUpgrade
{
    /// <exception cref="ImapException">The certificate is not the one expected, or the server speaks no TLS.</exception>
    public static async Task<Stream> RunAsync(Stream plain, ImapAccount account, CancellationToken cancel)
    {
        string problem = "";
        var tls = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = account.Host,
                RemoteCertificateValidationCallback = (_, certificate, _, errors) => (problem = Check(account, certificate, errors)).Length == 0,
            }, cancel);
            return tls;
        }
        catch (AuthenticationException e)
        {
            await tls.DisposeAsync();
            throw new ImapException(ImapFault.Unsafe, problem.Length > 0 ? problem : $"{account.Host} did not complete the TLS handshake: {e.Message}", e);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    /// <summary>Why the certificate is refused; empty where it is not.</summary>
    private static string Check(ImapAccount account, X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (certificate is null)
            return $"{account.Host} showed no certificate.";
        string shown = Convert.ToHexString(SHA256.HashData(certificate.GetRawCertData()));
        if (account.PinnedSha256 is { } pinned)
        {
            return string.Equals(pinned.Replace(":", "", StringComparison.Ordinal), shown, StringComparison.OrdinalIgnoreCase) ? ""
                : $"{account.Host} showed a certificate with SHA-256 {shown}, which is not the one pinned for this account.";
        }
        return errors == SslPolicyErrors.None ? ""
            : $"The certificate of {account.Host} is not trusted ({errors}). If it is the right one, pin its SHA-256: {shown}.";
    }
}
