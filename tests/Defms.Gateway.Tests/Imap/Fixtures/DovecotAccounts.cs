using Defms.Gateway.Imap;

namespace Defms.Gateway.Tests.Imap.Fixtures;

/// <summary>Accounts of a <see cref="DovecotServer"/> as our client is told of them.</summary>
internal static class DovecotAccounts
{
    public static ImapAccount Account(this DovecotServer server, string user, ImapSecurity security = ImapSecurity.Tls) => new()
    {
        Name = user,
        Host = "127.0.0.1",
        Port = security == ImapSecurity.Tls ? server.TlsPort : server.Port,
        Security = security,
        PinnedSha256 = server.Fingerprint,
        User = user,
        Secret = new GivenSecret(DovecotServer.Password),
    };
}
