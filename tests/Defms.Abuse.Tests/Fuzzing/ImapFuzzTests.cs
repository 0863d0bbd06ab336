using System.Text;
using Defms.Core.Tests.Sealing;
using Defms.Gateway.Imap;
using Defms.Gateway.Imap.Wire;
using Defms.Gateway.Tests.Imap.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>
/// What IMAP servers say, grown out of what honest ones said: a pass ends with a report or an <see cref="ImapException"/>, and gives no mail that the server
/// did not send.
/// </summary>
public sealed class ImapFuzzTests
{
    private static readonly string[] Fragments =
    [
        "{0}\r\n", "{3}\r\nabc", "{4294967296}\r\n", "{-1}\r\n", "~{3+}\r\nabc", "(", ")", "((((((((((((((((((((", "\"", "\\", "NIL", "[", "]", "*", "+ \r\n", "* ", "\r\n", "\n", "\0",
        "* BYE gone\r\n", "* OK [UIDVALIDITY 8] x\r\n", "* 5 EXISTS\r\n", "* 4294967295 EXISTS\r\n", "* VANISHED 1:4294967295\r\n", "* VANISHED (EARLIER) 1:*\r\n", "* 1 EXPUNGE\r\n", "* CAPABILITY IMAP4rev1\r\n",
        "* 1 FETCH (UID 1)\r\n", "* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\n", "* 1 FETCH (BODY[] NIL UID 1)\r\n", " FLAGS (\\Seen)", " MODSEQ (99)", " INTERNALDATE \"17-Jul-1996 02:44:25 -0700\"", " UID 7",
        "D1 OK x\r\n", "D2 NO x\r\n", "D3 BAD x\r\n", "D9 OK x\r\n", " OK done\r\n", "* LIST () \"/\" \"x\"\r\n", "* LIST (\\Noselect) NIL &AAA-\r\n", "* ESEARCH (TAG \"D1\") UID ALL 1:5\r\n", "* NO [ALERT] x\r\n",
    ];

    [Fact]
    public async Task A_pass_ends_with_a_report_or_its_own_exception_and_invents_no_mail()
    {
        List<byte[]> seeds = [];
        foreach (string capabilities in (string[])[FakeServer.DefaultCapabilities, "IMAP4rev1", "IMAP4rev1 AUTH=PLAIN CONDSTORE UIDPLUS", "IMAP4rev1 AUTH=LOGIN IDLE LIST-EXTENDED"])
            seeds.Add(await RecordAsync(capabilities));
        new Fuzzer("imap", seeds, new LineEdits(Fragments).Grow, Read).Run();
    }

    private static string Read(byte[] input)
    {
        (string outcome, List<byte[]> mails) = Pass(input, int.MaxValue);
        // Byte by byte is slow, and where answers are cut has tests of its own.
        if (input.Length % 4 == 0)
        {
            (string again, List<byte[]> same) = Pass(input, 5 + (input.Length % 89));
            Assert.Equal(outcome, again);
            Assert.Equal(mails.Count, same.Count);
        }
        Assert.All(mails, mail => Assert.True(input.AsSpan().IndexOf(mail) >= 0, "A mail came that the server did not send"));
        return $"{Outcome.Of(outcome)} {Outcome.About(mails.Count)}";
    }

    private static (string Outcome, List<byte[]> Mails) Pass(byte[] input, int piece)
    {
        var sink = new CollectingSink();
        var replay = new Replay(input, piece);
        try
        {
            PassReport report = Fetcher(sink, replay).PassAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60)).GetAwaiter().GetResult();
            return ($"report {report.Faults.Count > 0}", Mails(sink));
        }
        catch (ImapException e)
        {
            Assert.False(string.IsNullOrWhiteSpace(e.Message));
            return ($"{e.Fault} {e.Message}", Mails(sink));
        }
    }

    private static List<byte[]> Mails(CollectingSink sink) => [.. sink.Mails.Select(mail => mail.Octets).OrderBy(mail => Convert.ToHexString(mail), StringComparer.Ordinal)];

    private static ImapFetcher Fetcher(CollectingSink sink, IImapDialer dialer) =>
        new(Account, new MemoryImapJournal(), sink, dialer, new StandingTime(), new SeededRandomSource(1), NullLogger.Instance);

    private static WireLimits Limits { get; } = new() { ResponseOctets = 8192, LiteralOctets = 1024, MessageOctets = 4096, Tokens = 500, Depth = 8, CommandOctets = 32 * 1024 };

    private static ImapAccount Account { get; } = new FakeServer().Account(account => account with { Limits = Limits });

    /// <summary>What an honest server with a few mails and folders says in a pass.</summary>
    private static async Task<byte[]> RecordAsync(string capabilities)
    {
        var server = new FakeServer { Capabilities = capabilities };
        server.Inbox.Add(4);
        server.Folders["Archive"] = new FakeFolder("\\Archive");
        server.Folders["Archive"].Add(2, from: 10);
        var recorder = new Recorder(server);
        await Fetcher(new CollectingSink(), recorder).PassAsync(TestContext.Current.CancellationToken);
        byte[] said = recorder.Said.ToArray();
        Assert.Contains("BODY[]", Encoding.Latin1.GetString(said), StringComparison.Ordinal);
        return said;
    }

    private sealed class Recorder(FakeServer server) : IImapDialer
    {
        public MemoryStream Said { get; } = new();

        public async ValueTask<Stream> DialAsync(string host, int port, CancellationToken cancel) => new Tee(await server.DialAsync(host, port, cancel), Said);
    }

    private sealed class Replay(byte[] said, int piece) : IImapDialer
    {
        public ValueTask<Stream> DialAsync(string host, int port, CancellationToken cancel) => new(new Played(said, piece));
    }
}
