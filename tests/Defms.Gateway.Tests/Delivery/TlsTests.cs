using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Defms.Gateway.Delivery;
using Defms.Gateway.Delivery.Client;
using Defms.Gateway.Tests.Delivery.Fixtures;

namespace Defms.Gateway.Tests.Delivery;

public sealed class TlsTests
{
    private static readonly X509Certificate2 Certificate = TestCertificate.For("mx.example.org");

    private static SessionTerms Trusting => Talk.Terms with { Tls = TlsPolicy.Required, Roots = [Certificate] };

    [Fact]
    public async Task An_unknown_certificate_is_taken_and_noted_where_TLS_is_opportunistic()
    {
        Talk talk = await Talk.RunAsync(server => EncryptedAsync(server, []));
        Assert.Equal(DeliveryOutcome.Delivered, talk.Only.Outcome);
        Assert.True(talk.Tls!.IsEncrypted);
        Assert.False(talk.Tls.IsVerified);
        Assert.Contains("Chain", talk.Tls.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Features_named_before_TLS_do_not_count_after_it()
    {
        Talk talk = await Talk.RunAsync(server => EncryptedAsync(server, [], "PIPELINING", "SIZE 1"));
        Assert.Equal(DeliveryOutcome.Delivered, talk.Only.Outcome);
        Assert.Equal(2, talk.Heard.Split("EHLO").Length - 1);
        Assert.DoesNotContain("SIZE=", talk.Heard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Required_TLS_takes_a_certificate_that_is_valid_for_the_name_and_no_other()
    {
        Talk good = await Talk.RunAsync(server => EncryptedAsync(server, []), terms: Trusting);
        Assert.Equal((DeliveryOutcome.Delivered, true), (good.Only.Outcome, good.Tls!.IsVerified));
        foreach (SessionTerms terms in new[] { Trusting with { ServerName = "other.example.org" }, Trusting with { Roots = null } })
        {
            Talk bad = await Talk.RunAsync(server => FailingHandshakeAsync(server), terms: terms);
            Assert.True(bad.Failure is { IsHandshake: true, Reply.IsFault: true });
            Assert.DoesNotContain("MAIL", bad.Heard, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Required_TLS_that_is_not_offered_or_refused_sends_nothing(bool isOffered)
    {
        Talk talk = await Talk.RunAsync(
            async server =>
            {
                await server.GreetAsync(isOffered ? ["STARTTLS"] : []);
                if (isOffered)
                    await server.AnswerAsync("STARTTLS", "454 4.7.0 not now");
                await server.HearTheRestAsync();
            },
            terms: Trusting);
        Assert.Contains("TLS is required", talk.Failure!.Reply.Verbatim, StringComparison.Ordinal);
        Assert.DoesNotContain("MAIL", talk.Heard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Opportunistic_TLS_that_is_refused_leaves_the_connection_in_the_clear()
    {
        Talk talk = await Talk.RunAsync(async server =>
        {
            await server.GreetAsync("STARTTLS");
            await server.AnswerAsync("STARTTLS", "454 4.7.0 not now");
            await server.TakeAllAsync();
        });
        Assert.Equal((DeliveryOutcome.Delivered, false), (talk.Only.Outcome, talk.Tls!.IsEncrypted));
    }

    [Theory]
    [InlineData("250 2.0.0 mail taken\r\n")]
    [InlineData("250")]
    [InlineData("\r")]
    public async Task Replies_written_before_the_handshake_end_the_session(string injected)
    {
        foreach (SessionTerms terms in new[] { Talk.Terms, Trusting })
        {
            Talk talk = await Talk.RunAsync(
                async server =>
                {
                    await server.GreetAsync("STARTTLS");
                    await server.HearAsync("STARTTLS");
                    await server.SayOctetsAsync("220 go\r\n" + injected);
                    await server.HearTheRestAsync();
                },
                terms: terms);
            Assert.Contains("before the TLS handshake", talk.Failure!.Reply.Verbatim, StringComparison.Ordinal);
            Assert.False(talk.Failure.IsHandshake);
            Assert.EndsWith("STARTTLS\r\n", talk.Heard, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Implicit_TLS_begins_with_the_handshake()
    {
        Talk talk = await Talk.RunAsync(
            async server =>
            {
                await server.EncryptAsync(Certificate);
                await server.GreetAsync("STARTTLS");
                await server.TakeAllAsync();
            },
            terms: Trusting with { Tls = TlsPolicy.Implicit });
        Assert.Equal((DeliveryOutcome.Delivered, true), (talk.Only.Outcome, talk.Tls!.IsVerified));
        Assert.DoesNotContain("STARTTLS", talk.Heard, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PLAIN LOGIN", "AUTH PLAIN AHVzZXIAcGVuY2ls\r\n")]
    [InlineData("LOGIN CRAM-MD5", "AUTH LOGIN\r\ndXNlcg==\r\ncGVuY2ls\r\n")]
    public async Task The_password_goes_by_PLAIN_or_LOGIN_over_TLS(string mechanisms, string expected)
    {
        Talk talk = await Talk.RunAsync(
            server => EncryptedAsync(server, ["AUTH " + mechanisms], login: async () =>
            {
                string line = await server.HearAsync("AUTH");
                if (line == "AUTH LOGIN")
                {
                    await server.SayAsync("334 VXNlcm5hbWU6");
                    await server.AnswerAsync("dXNlcg==", "334 UGFzc3dvcmQ6");
                    await server.HearAsync("cGVuY2ls");
                }
                await server.SayAsync("235 2.7.0 welcome");
            }),
            terms: Trusting with { Credentials = new Credentials("user", "pencil") });
        Assert.Equal(DeliveryOutcome.Delivered, talk.Only.Outcome);
        Assert.Contains(expected, talk.Heard, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pencil", true)]
    [InlineData("other", false)]
    public async Task SCRAM_sends_no_password_and_asks_the_server_for_a_proof(string known, bool isDelivered)
    {
        Talk talk = await Talk.RunAsync(
            server => EncryptedAsync(server, ["AUTH PLAIN SCRAM-SHA-256"], login: () => PlayScramAsync(server, known)),
            terms: Trusting with { Credentials = new Credentials("user", "pencil") });
        Assert.DoesNotContain("cGVuY2ls", talk.Heard, StringComparison.Ordinal);
        if (isDelivered)
            Assert.Equal(DeliveryOutcome.Delivered, talk.Only.Outcome);
        else
            Assert.Contains("did not prove", talk.Failure!.Reply.Verbatim, StringComparison.Ordinal);
    }

    [Fact]
    public void SCRAM_gives_the_example_of_RFC_7677()
    {
        var scram = new ScramSha256(new Credentials("user", "pencil"), "rOprNGfwEbeRWgbNEkqO");
        Assert.Equal("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", scram.First);
        Assert.Equal(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            scram.Prove("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
        Assert.True(scram.IsProof("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        Assert.False(scram.IsProof("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    }

    [Theory]
    [InlineData("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1")]
    [InlineData("r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000")]
    [InlineData("r=abcdef,s=!,i=4096")]
    [InlineData("")]
    public void SCRAM_challenges_that_are_weak_or_not_ours_are_refused(string challenge) =>
        Assert.Null(new ScramSha256(new Credentials("user", "pencil"), "abc").Prove(challenge));

    [Fact]
    public async Task A_password_is_never_sent_without_a_verified_certificate()
    {
        foreach (bool offersTls in new[] { false, true })
        {
            Talk talk = await Talk.RunAsync(
                server => offersTls ? EncryptedAsync(server, ["AUTH PLAIN"]) : ClearAsync(server),
                terms: Talk.Terms with { Credentials = new Credentials("user", "pencil") });
            Assert.NotNull(talk.Failure);
            Assert.DoesNotContain("AUTH", talk.Heard, StringComparison.Ordinal);
        }
        Assert.Throws<ArgumentException>(() =>
            new Gateway.Delivery.Routes.Smarthost("smart.example.org", 587, TlsPolicy.Opportunistic, new Credentials("user", "pencil")));

        static async Task ClearAsync(ScriptedServer server)
        {
            await server.GreetAsync("AUTH PLAIN LOGIN");
            await server.HearTheRestAsync();
        }
    }

    [Fact]
    public async Task A_refused_login_is_said_in_the_servers_words()
    {
        Talk talk = await Talk.RunAsync(
            server => EncryptedAsync(server, ["AUTH PLAIN"], login: () => server.AnswerAsync("AUTH", "535 5.7.8 wrong password")),
            terms: Trusting with { Credentials = new Credentials("user", "pencil") });
        Assert.Equal("535 5.7.8 wrong password", talk.Failure!.Reply.Verbatim);
    }

    private static Task EncryptedAsync(ScriptedServer server, string[] after, params string[] before) => EncryptedAsync(server, after, null, before);

    private static async Task EncryptedAsync(ScriptedServer server, string[] after, Func<Task>? login, params string[] before)
    {
        await server.GreetAsync(["STARTTLS", .. before]);
        await server.AnswerAsync("STARTTLS", "220 go");
        await server.EncryptAsync(Certificate);
        await server.HelloAsync(after);
        if (login is not null)
            await login();
        await server.TakeAllAsync();
    }

    private static async Task FailingHandshakeAsync(ScriptedServer server)
    {
        await server.GreetAsync("STARTTLS");
        await server.AnswerAsync("STARTTLS", "220 go");
        // How a handshake that the client gives up ends for the server differs between platforms.
        Exception? failure = await Record.ExceptionAsync(async () =>
        {
            await server.EncryptAsync(Certificate);
            await server.HearTheRestAsync();
        });
        Assert.True(failure is null or IOException or System.Security.Authentication.AuthenticationException, failure?.ToString());
    }

    private static async Task PlayScramAsync(ScriptedServer server, string password)
    {
        string first = Encoding.UTF8.GetString(Convert.FromBase64String((await server.HearAsync("AUTH SCRAM-SHA-256 "))[19..]));
        string serverFirst = $"r={first[(first.IndexOf("r=", StringComparison.Ordinal) + 2)..]}server,s={Convert.ToBase64String("salt"u8)},i=4096";
        await server.SayAsync("334 " + Convert.ToBase64String(Encoding.UTF8.GetBytes(serverFirst)));
        string final = Encoding.UTF8.GetString(Convert.FromBase64String(await server.HearAsync("")));
        string message = $"{first[3..]},{serverFirst},{final[..final.LastIndexOf(",p=", StringComparison.Ordinal)]}";
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(password, "salt"u8, 4096, HashAlgorithmName.SHA256, 32);
        byte[] proof = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), Encoding.UTF8.GetBytes(message));
        await server.SayAsync("334 " + Convert.ToBase64String(Encoding.UTF8.GetBytes("v=" + Convert.ToBase64String(proof))));
        if (await server.HearAnyAsync() == "")
            await server.SayAsync("235 2.7.0 welcome");
    }
}
