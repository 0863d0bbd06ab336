using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Defms.Gateway.Imap;

namespace Defms.Gateway.Tests.Imap.Fixtures;

/// <summary>
/// An IMAP server in memory that knows what Defms asks, and lies where a test tells it to. It speaks to one client at a time or several.
/// </summary>
internal sealed class FakeServer : IImapDialer
{
    public const string DefaultCapabilities = "IMAP4rev1 SASL-IR AUTH=PLAIN ENABLE QRESYNC CONDSTORE UIDPLUS MOVE IDLE LIST-EXTENDED SPECIAL-USE";

    public string Capabilities { get; set; } = DefaultCapabilities;

    public string Greeting { get; set; } = "* OK ready";

    public X509Certificate2? Certificate { get; set; }

    /// <summary>What somebody in between adds before the handshake.</summary>
    public string AppendedToStartTls { get; set; } = "";

    public bool TlsFromTheStart { get; set; }

    public ConcurrentDictionary<string, FakeFolder> Folders { get; } = new() { ["INBOX"] = new FakeFolder() };

    public FakeFolder Inbox => Folders["INBOX"];

    /// <summary>Every line that clients sent, without tags.</summary>
    public ConcurrentQueue<string> Heard { get; } = [];

    /// <summary>Octets sent to all clients, TLS not counted.</summary>
    public long Sent;

    /// <summary>What to answer to a command instead of the truth; null for the truth. <c>$</c> stands for the tag, the rest is sent as it is.</summary>
    public Func<string, string?> Lie { get; set; } = _ => null;

    /// <summary>How the client's end of each connection behaves, by its number from 0.</summary>
    public Func<int, System.IO.Pipelines.PipeReader, System.IO.Pipelines.PipeWriter, FakeWire> Shape { get; set; } = (_, reader, writer) => new FakeWire(reader, writer);

    /// <summary>Ends the next or the running IDLE with this line.</summary>
    public Channel<string> News { get; } = Channel.CreateUnbounded<string>();

    public int Connections { get; private set; }

    /// <summary>Completes with the number of a connection as it begins to idle.</summary>
    public Channel<int> Idling { get; } = Channel.CreateUnbounded<int>();

    public ValueTask<Stream> DialAsync(string host, int port, CancellationToken cancel)
    {
        int number = Connections++;
        (FakeWire client, FakeWire server) = FakeWire.Pair((reader, writer) => Shape(number, reader, writer));
        _ = Task.Run(() => new FakeSession(this, server, number).RunAsync(), CancellationToken.None);
        return new(client);
    }

    public ImapAccount Account(Func<ImapAccount, ImapAccount>? change = null)
    {
        var account = new ImapAccount
        {
            Name = "test",
            Host = "imap.test",
            Port = 143,
            Security = ImapSecurity.Insecure,
            User = "ada",
            Secret = new GivenSecret("se\"cret"),
        };
        return change?.Invoke(account) ?? account;
    }

    public static SslServerAuthenticationOptions Tls(X509Certificate2 certificate) => new() { ServerCertificate = certificate };
}
