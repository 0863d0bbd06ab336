using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Defms.Core.Storage;
using Defms.Serving;

namespace Defms.Gateway.Smtp.Wire;

/// <summary>
/// A self-signed certificate for a host that was given none: made once, kept beside the gateway's state. Servers that encrypt
/// opportunistically (RFC 7435) take it; people's programs will ask.
/// </summary>
internal static class MadeCertificate
{
    private const string FileName = "smtp-certificate.pem";

    /// <summary>Nobody checks it against an authority, so nobody gains by its end; a changed one only looks like an attack.</summary>
    private const int Years = 10;

    /// <exception cref="ServerException">The file cannot be read or made.</exception>
    public static ServerCertificate LoadOrMake(string folder, string hostName, TimeProvider time)
    {
        string file = Path.Combine(folder, FileName);
        try
        {
            if (!File.Exists(file))
                DurableFile.Write(file, Encoding.ASCII.GetBytes(Make(hostName, time)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerException($"{file}: {e.Message}");
        }
        return ServerCertificate.Load(file, keyFile: null);
    }

    /// <summary>Certificate and key in PEM.</summary>
    private static string Make(string hostName, TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(hostName);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(Names(hostName));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        DateTimeOffset now = time.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(Years));
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }

    private static X509Extension Names(string hostName)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(hostName, out IPAddress? address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(hostName);
        return names.Build();
    }
}
