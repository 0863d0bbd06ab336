using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Defms.Gateway.Tests.Delivery.Fixtures;

/// <summary>A certificate for a name, signed by itself.</summary>
internal static class TestCertificate
{
    public static X509Certificate2 For(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
    }
}
