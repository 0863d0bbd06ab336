using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Defms.Serving;

/// <summary>The certificate for https with its chain, from a file.</summary>
public sealed record ServerCertificate(X509Certificate2 Leaf, X509Certificate2Collection Chain)
{
    private const string PassphraseVariable = "DEFMS_CERT_PASSPHRASE";

    /// <exception cref="ServerException">The file cannot be read or holds no certificate with its key.</exception>
    public static ServerCertificate Load(string file, string? keyFile)
    {
        try
        {
            bool isPem = file.EndsWith(".pem", StringComparison.OrdinalIgnoreCase);
            ServerCertificate certificate = isPem ? FromPem(file, keyFile) : FromPkcs12(file);
            return certificate.Leaf.HasPrivateKey
                ? certificate
                : throw new ServerException($"--cert {file}: the file holds no private key. Name it with --cert-key.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ServerException($"--cert {file}: {e.Message}");
        }
    }

    private static ServerCertificate FromPem(string file, string? keyFile)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(file);
        return new ServerCertificate(X509Certificate2.CreateFromPemFile(file, keyFile), [.. all.Skip(1)]);
    }

    private static ServerCertificate FromPkcs12(string file)
    {
        string? passphrase = Environment.GetEnvironmentVariable(PassphraseVariable);
        X509Certificate2Collection all = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, passphrase);
        X509Certificate2 leaf = all.FirstOrDefault(certificate => certificate.HasPrivateKey)
            ?? throw new ServerException($"--cert {file}: the file holds no certificate with a private key.");
        return new ServerCertificate(leaf, [.. all.Where(certificate => certificate != leaf)]);
    }
}
