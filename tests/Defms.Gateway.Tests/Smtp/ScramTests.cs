using System.Security.Cryptography;
using System.Text;
using Defms.Core;
using Defms.Gateway.Smtp;
using Defms.Gateway.Smtp.Sasl;
using Defms.Gateway.Tests.Smtp.Fixtures;

namespace Defms.Gateway.Tests.Smtp;

public sealed class ScramTests
{
    private const string ClientNonce = "rOprNGfwEbeRWgbNEkqO";

    /// <summary>RFC 7677, section 3, with the server's part of the nonce as it stands there.</summary>
    [Fact]
    public void The_proof_and_the_signature_of_RFC_7677_are_right()
    {
        const string Message = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
            + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        ScramVerifier verifier = Scram.Verifier("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
        byte[] proof = Convert.FromBase64String("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        Assert.True(Scram.IsProof(verifier, Encoding.ASCII.GetBytes(Message), proof));
        Assert.Equal("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Convert.ToBase64String(Scram.ServerSignature(verifier, Encoding.ASCII.GetBytes(Message))));
        proof[0] ^= 1;
        Assert.False(Scram.IsProof(verifier, Encoding.ASCII.GetBytes(Message), proof));
    }

    [Fact]
    public async Task An_exchange_proves_both_sides()
    {
        await using Scene scene = await EncryptedAsync(default, offersBinding: false);
        (string serverFirst, string authMessage, byte[] proof) = await BeginAsync(scene, "SCRAM-SHA-256", "n,,", [], "user", "pencil");
        Assert.StartsWith($"r={ClientNonce}", serverFirst);
        string final = await SayAsync(scene, $"{authMessage.Split(',', 6)[^1]},p={Convert.ToBase64String(proof)}");
        Assert.Equal($"v={Convert.ToBase64String(Scram.ServerSignature(Scram.Verifier("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096), Encoding.UTF8.GetBytes(authMessage)))}", final);
        await scene.SayAsync("\r\n");
        Assert.Equal("235 2.7.0", scene.Replies[^1]);
    }

    [Theory]
    [InlineData("user", "wrong")]
    [InlineData("nobody", "pencil")]
    public async Task A_wrong_name_or_password_fails_at_the_end_and_looks_the_same(string name, string password)
    {
        await using Scene scene = await EncryptedAsync(default, offersBinding: false);
        (string serverFirst, string authMessage, byte[] proof) = await BeginAsync(scene, "SCRAM-SHA-256", "n,,", [], name, password);
        Assert.EndsWith(",i=4096", serverFirst);
        await scene.SayAsync(Base64($"{authMessage.Split(',', 6)[^1]},p={Convert.ToBase64String(proof)}") + "\r\n");
        Assert.Equal("535 5.7.8", scene.Replies[^1]);
    }

    [Fact]
    public async Task A_binding_to_the_certificate_is_checked()
    {
        byte[] binding = [1, 2, 3];
        const string Header = "p=tls-server-end-point,,";
        await using (Scene scene = await EncryptedAsync(binding, offersBinding: true))
        {
            Assert.Contains("AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN", scene.Heard);
            (_, string authMessage, byte[] proof) = await BeginAsync(scene, "SCRAM-SHA-256-PLUS", Header, binding, "user", "pencil");
            await SayAsync(scene, $"{authMessage.Split(',', 6)[^1]},p={Convert.ToBase64String(proof)}");
            await scene.SayAsync("\r\n");
            Assert.Equal("235 2.7.0", scene.Replies[^1]);
        }
        await using (Scene scene = await EncryptedAsync(binding, offersBinding: true))
        {
            (_, string authMessage, byte[] proof) = await BeginAsync(scene, "SCRAM-SHA-256-PLUS", Header, [3, 2, 1], "user", "pencil");
            await scene.SayAsync(Base64($"{authMessage.Split(',', 6)[^1]},p={Convert.ToBase64String(proof)}") + "\r\n");
            Assert.Equal("535 5.7.8", scene.Replies[^1]);
        }
    }

    [Theory]
    [InlineData("y,,n=user,r=abc")]
    [InlineData("p=tls-exporter,,n=user,r=abc")]
    [InlineData("n,a=admin,n=user,r=abc")]
    [InlineData("n,,n=us=er,r=abc")]
    [InlineData("n,,m=x,n=user,r=abc")]
    [InlineData("n,,n=,r=abc")]
    [InlineData("n,,n=user,r=")]
    [InlineData("n,,n=user")]
    [InlineData("n")]
    [InlineData("")]
    public async Task A_first_message_that_is_wrong_or_was_tampered_with_is_refused(string message)
    {
        using var passwords = new Passwords(new TestCredentials(), RandomSource.System);
        var exchange = new ScramExchange(passwords, new byte[] { 1 }, isPlus: false);
        Assert.Null(await exchange.ChallengeAsync(message, CancellationToken.None));
        Assert.False(exchange.TryFinish("c=biws,r=,p=AAAA", out _));
    }

    [Fact]
    public async Task A_name_may_hold_a_comma_and_an_equals_sign()
    {
        using var passwords = new Passwords(new TestCredentials(), RandomSource.System);
        var exchange = new ScramExchange(passwords, default, isPlus: false);
        Assert.NotNull(await exchange.ChallengeAsync("y,,n=a=2Cb=3Dc=3D2C,r=abc", CancellationToken.None));
        Assert.Equal("a,b=c=2C", exchange.Account);
    }

    private static async Task<Scene> EncryptedAsync(ReadOnlyMemory<byte> binding, bool offersBinding)
    {
        var scene = new Scene
        {
            Port = SmtpPort.Submission,
            Tls = new FakeTls { Binding = binding },
            Options = new SmtpOptions { HostName = "mx.example.org", OffersChannelBinding = offersBinding },
        };
        scene.Start();
        await scene.SayAsync("STARTTLS\r\n");
        await scene.SayAsync("EHLO x\r\n");
        return scene;
    }

    private static async Task<(string ServerFirst, string AuthMessage, byte[] Proof)> BeginAsync(
        Scene scene, string mechanism, string header, byte[] binding, string name, string password)
    {
        string bare = $"n={name},r={ClientNonce}";
        string serverFirst = await SayAsync(scene, header + bare, $"AUTH {mechanism} ");
        string[] parts = serverFirst.Split(',');
        string channel = Convert.ToBase64String([.. Encoding.UTF8.GetBytes(header), .. binding]);
        string authMessage = $"{bare},{serverFirst},c={channel},{parts[0]}";
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(password), Convert.FromBase64String(parts[1][2..]), int.Parse(parts[2][2..]), HashAlgorithmName.SHA256, 32);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] signature = HMACSHA256.HashData(SHA256.HashData(clientKey), Encoding.UTF8.GetBytes(authMessage));
        return (serverFirst, authMessage, [.. clientKey.Zip(signature, (a, b) => (byte)(a ^ b))]);
    }

    private static async Task<string> SayAsync(Scene scene, string message, string command = "")
    {
        await scene.SayAsync($"{command}{Base64(message)}\r\n");
        string last = scene.Heard.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.StartsWith("334 ", last);
        return Encoding.UTF8.GetString(Convert.FromBase64String(last[4..]));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
