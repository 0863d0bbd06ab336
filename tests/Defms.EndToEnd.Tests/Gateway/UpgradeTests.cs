using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>
/// Two people, each behind a gateway of his own, who do not know each other: the first mail goes by SMTP with a card that the domain signs, and
/// from then on they write natively.
/// </summary>
public sealed class UpgradeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task After_one_mail_by_SMTP_two_people_write_natively_and_never_in_clear_again()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example");
        await using Daemon hers = await Daemon.StartAsync(alice);
        await using Daemon his = await Daemon.StartAsync(bob);
        await using var zone = new PrintedZone();
        await using GatewayProgram b = await GatewayProgram.MakeAsync($"[gateway]\ndns = {zone.Place}\n", policy: "refuse", domain: "b.example");
        await b.StartAsync();
        await b.ServeAsync(bob, bob.Address);
        await using GatewayProgram a = await MakeSigningAsync(alice, b);
        zone.Add((await a.CommandAsync("dns", "a.example")).Expect(0).Text);
        await a.StartAsync();
        await a.ServeAsync(alice, alice.Address);

        await alice.SendAsync(bob.Address, "Hello", "--body", "By the old way.");
        string hello = await ArrivedAsync(bob, "Hello");
        Assert.Equal("came by SMTP", (await LastAsync(bob, hello)).GetProperty("privacy").GetString());
        JsonElement known = await bob.JsonAsync("contact", "show", alice.Address);
        Assert.Equal((alice.Id, "accepted", false), (known.GetProperty("id").GetString(), known.GetProperty("state").GetString(), known.GetProperty("verified").GetBoolean()));

        // Her endpoint lies in a network that no card in mail opens, so the answer waits and says so. It does not go in clear.
        Result reply = await bob.RunAsync("reply", hello, "--body", "Sealed.", "--json");
        Assert.Equal("queued", reply.Expect(4).Json.GetProperty("recipients")[0].GetProperty("state").GetString());
        Assert.Contains("not on the public internet", reply.Errors + (await bob.RunAsync("sync")).Errors, StringComparison.Ordinal);
        (await bob.RunAsync("contact", "accept", alice.Address, "--allow-private")).Expect(0);
        await AssertStateAsync(bob, hello, "quarantined");
        Assert.Equal("sealed", (await LastAsync(bob, hello)).GetProperty("privacy").GetString());

        // She has never had a card of his: whoever he is, she lets him in.
        (await alice.RunAsync("contact", "accept", bob.Address, "--allow-private")).Expect(0);
        JsonElement thread = Assert.Single((await alice.JsonAsync("threads")).EnumerateArray());
        Assert.Equal(("Hello", 2), (thread.GetProperty("subject").GetString(), thread.GetProperty("messages").GetInt32()));
        (string _, string again) = await alice.SendAsync(bob.Address, "Again", "--body", "Sealed, too.");
        await AssertStateAsync(alice, again, "stored");
        Assert.Equal("sealed", (await LastAsync(bob, await ArrivedAsync(bob, "Again"))).GetProperty("privacy").GetString());
        Assert.Contains("defms_smtp_mails_taken_total 1\n", await b.GetAsync("/metrics"), StringComparison.Ordinal);
        Assert.DoesNotContain("Bob", a.Log + b.Log, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_card_that_no_signature_covers_binds_nobody()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example");
        await using var zone = new PrintedZone();
        await using GatewayProgram b = await GatewayProgram.MakeAsync($"[gateway]\ndns = {zone.Place}\n", policy: "mark", domain: "b.example");
        await b.StartAsync();
        await b.ServeAsync(bob, bob.Address);
        using (SmtpTalk talk = await SmtpTalk.ConnectAsync(b.SmtpPort))
        {
            string mail = $"Defms-Card: {alice.Card}\r\nFrom: {alice.Address}\r\nTo: {bob.Address}\r\nSubject: Forged\r\n\r\nx\r\n";
            Assert.StartsWith("250", await talk.SendAsync("mallory@m.example", bob.Address, System.Text.Encoding.ASCII.GetBytes(mail)), StringComparison.Ordinal);
        }
        (await bob.RunAsync("sync")).Expect(0);

        Assert.Equal("stranger", (await bob.JsonAsync("contact", "show", alice.Address)).GetProperty("state").GetString());
        Result sent = await bob.RunAsync("send", "--to", alice.Address, "--subject", "x", "--body", "y", "--sealed-only");
        Assert.Contains("Only SMTP leads to", sent.Expect(1).Errors, StringComparison.Ordinal);
    }

    private static async Task<GatewayProgram> MakeSigningAsync(Person alice, GatewayProgram next)
    {
        using var key = RSA.Create(2048);
        string file = alice.File("dkim.pem");
        await File.WriteAllTextAsync(file, key.ExportPkcs8PrivateKeyPem());
        return await GatewayProgram.MakeAsync($"[outgoing]\nsend = smarthost\nsmarthost = 127.0.0.1\nsmarthost-port = {next.SmtpPort}\nsmarthost-security = insecure\ndkim-key = {file}\n");
    }

    /// <summary>The conversation with this subject, once it is there.</summary>
    private static async Task<string> ArrivedAsync(Person person, string subject)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            foreach (JsonElement row in (await person.JsonAsync("threads")).EnumerateArray())
            {
                if (row.GetProperty("subject").GetString() == subject)
                    return row.GetProperty("thread").GetString()!;
            }
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"'{subject}' does not come");
        }
    }

    private static async Task<JsonElement> LastAsync(Person person, string thread) =>
        (await person.JsonAsync("show", thread)).GetProperty("messages").EnumerateArray().Last();

    /// <summary>How it stands with the last message, once it has gone as far.</summary>
    private static async Task AssertStateAsync(Person person, string thread, string state)
    {
        long start = Stopwatch.GetTimestamp();
        string? now;
        do
        {
            await person.RunAsync("sync");
            now = (await LastAsync(person, thread)).GetProperty("deliveries")[0].GetProperty("state").GetString();
        }
        while (now != state && Stopwatch.GetElapsedTime(start) < Patience);
        Assert.Equal(state, now);
    }
}
