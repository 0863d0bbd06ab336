using System.Text;
using Defms.Core;
using Defms.Core.Mime;
using Defms.Gateway.Delivery;
using Defms.Gateway.Delivery.Client;
using Defms.Gateway.Delivery.Transmission;

namespace Defms.Gateway.Tests.Delivery.Fixtures;

/// <summary>One mail over one connection to a scripted server, and what came of it.</summary>
internal sealed record Talk(OpeningFailure? Failure, TransactionResult? Result, TlsState? Tls, string Heard)
{
    public const string Octets = "From: a@example.com\nTo: b@example.org\nSubject: Hi\n\nText\n";

    /// <summary>Long for any answer of a test, and short for who waits for one that never comes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public RecipientResult Only => Assert.Single(Result!.Results);

    public static SessionTerms Terms { get; } = new("mx.example.org", TlsPolicy.Opportunistic) { OwnName = "gw.example.com" };

    public static MailAddress Address(string text)
    {
        Assert.True(MailAddress.TryParse(text, out MailAddress address), text);
        return address;
    }

    public static MailRecipient Recipient(string text) => new(Address(text));

    public static OutgoingMail Mail(string octets = Octets) => new("q1", Address("a@example.com"), Encoding.UTF8.GetBytes(octets));

    public static PreparedMail Prepare(OutgoingMail mail)
    {
        PreparedMail? prepared = PreparedMail.Prepare(mail, "gw.example.com", DateTimeOffset.UnixEpoch, sign: null, out MailRefusal? refusal);
        Assert.Null(refusal);
        return prepared!;
    }

    public static async Task<Talk> RunAsync(
        Func<ScriptedServer, Task> script, OutgoingMail? mail = null, IReadOnlyList<MailRecipient>? recipients = null, SessionTerms? terms = null,
        TimeProvider? time = null, int mostPerRead = int.MaxValue)
    {
        var connection = new MemoryConnection(mostPerRead);
        await using var server = new ScriptedServer(connection.Server);
        Task serving = ServeAsync(server, script);
        Task<Talk> sending = SendAsync(connection.Client, Prepare(mail ?? Mail()), recipients ?? [Recipient("b@example.org")], terms ?? Terms, time);
        Talk talk = await sending.WaitAsync(Patience);
        await serving.WaitAsync(Patience);
        return talk with { Heard = server.Heard.ToString() };
    }

    /// <summary>A server that leaves the script's end closes the connection.</summary>
    private static async Task ServeAsync(ScriptedServer server, Func<ScriptedServer, Task> script)
    {
        await script(server);
        await server.DisposeAsync();
    }

    private static async Task<Talk> SendAsync(
        Stream connection, PreparedMail mail, IReadOnlyList<MailRecipient> recipients, SessionTerms terms, TimeProvider? time)
    {
        (SmtpSession? session, OpeningFailure? failure) = await SmtpSession.OpenAsync(
            connection, "mx.example.org [192.0.2.1]", terms, time ?? TimeProvider.System, RandomSource.System, CancellationToken.None);
        if (session is null)
            return new Talk(failure, null, null, "");
        await using (session)
            return new Talk(null, await session.SendAsync(mail, recipients, CancellationToken.None), session.Tls, "");
    }
}
