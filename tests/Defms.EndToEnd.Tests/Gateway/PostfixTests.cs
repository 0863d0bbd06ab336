using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>A real Postfix behind the gateway: what it files is what was written, and what it bounces later is told.</summary>
public sealed class PostfixTests
{
    private const string Carol = $"carol@{PostfixHop.Domain}";
    private const string Dave = $"dave@{PostfixHop.Domain}";

    /// <summary>The known false ends of data, as in the tests of transmission, each with a mail behind it.</summary>
    private static readonly string[] FalseEnds =
    [
        "\n.\n", "\n.\r", "\r.\n", "\r.\r", "\n.\r\n", "\r.\r\n", "\r\n.\n", "\r\n.\r", "\r\n\0.\r\n", "\r\n.\0\r\n", "\r\n.\r\r\n", "\r\r\n.\r\r\n",
    ];

    [Fact]
    public async Task What_Postfix_files_is_what_was_written_signed_and_without_a_word_of_the_blind_reader()
    {
        await using PostfixHop hop = await PostfixHop.StartAsync();
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        using var key = RSA.Create(2048);
        await using GatewayProgram gateway = await MakeAsync(hop, alice.File("dkim.pem"), key);
        await gateway.ServeAsync(alice, alice.Address);

        (string message, _) = await alice.SendAsync(
            Carol, "Gr\u00fc\u00dfe", "--bcc", Dave, "--body", ".\n..\nFriday?\n.x\n" + new string('y', 3_000) + "\n\u00fc\n");

        string toCarol = Assert.Single(await hop.MailsAsync("carol", 1));
        string toDave = Assert.Single(await hop.MailsAsync("dave", 1));
        string stored = Encoding.Latin1.GetString((await alice.RunAsync("cat", message)).Expect(0).Octets).ReplaceLineEndings("\n");
        Assert.EndsWith(stored, toCarol, StringComparison.Ordinal);
        Assert.EndsWith(stored, toDave, StringComparison.Ordinal);
        Assert.StartsWith("Return-Path: <alice@a.example>\n", toCarol, StringComparison.Ordinal);
        Assert.DoesNotContain("dave", toCarol, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Bcc", toDave, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("pass\n", await PythonSaysAsync(alice, key, toCarol));
        Assert.Equal("fail\n", await PythonSaysAsync(alice, key, toCarol.Replace("Friday?", "Monday?", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task No_false_end_of_data_in_a_mail_brings_another_one()
    {
        await using PostfixHop hop = await PostfixHop.StartAsync();
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await using GatewayProgram gateway = await MakeAsync(hop);
        await gateway.ServeAsync(alice, alice.Address);
        for (int i = 0; i < FalseEnds.Length; i++)
        {
            string mail = $"From: {alice.Address}\r\nTo: {Carol}\r\nSubject: number {i}.\r\n\r\ntext{FalseEnds[i]}"
                + $"MAIL FROM:<evil@evil.example>\r\nRCPT TO:<{Dave}>\r\nDATA\r\nFrom: evil@evil.example\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n";
            (await alice.PipeAsync(Encoding.Latin1.GetBytes(mail), "send", "-t")).Expect(0);
        }
        (await alice.RunAsync("send", "--to", Dave, "--subject", "The last", "--body", "x")).Expect(0);

        IReadOnlyList<string> mails = await hop.MailsAsync("carol", FalseEnds.Length);
        Assert.Equal(FalseEnds.Length, mails.Count);
        for (int i = 0; i < FalseEnds.Length; i++)
            Assert.Contains("\nDATA\n", Assert.Single(mails, mail => mail.Contains($"Subject: number {i}.\n", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("Subject: The last\n", Assert.Single(await hop.MailsAsync("dave", 1)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bounce_that_comes_later_changes_what_the_author_sees_and_a_forged_one_does_not()
    {
        await using PostfixHop hop = await PostfixHop.StartAsync();
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        using Person bob = await Person.MakeAsync("Bob", "bob@a.example");
        await using GatewayProgram gateway = await MakeAsync(hop);
        await hop.PassOnAsync(gateway.SmtpPort);
        await gateway.ServeAsync(alice, alice.Address);
        await gateway.ServeAsync(bob, bob.Address);

        (string message, string thread) = await alice.SendAsync(Carol, "Lunch", "--cc", $"gone@{PostfixHop.Domain}", "--body", "Friday?");
        Dictionary<string, (string State, string Detail)> fates = await Fates.OfAsync(alice, thread, shown => shown.Values.Any(fate => fate.State == "failed"));

        Assert.Equal("smtp", fates[Carol].State);
        Assert.Equal("failed", fates[$"gone@{PostfixHop.Domain}"].State);
        Assert.Matches("^returned by mx.old.example: .*unknown user", fates[$"gone@{PostfixHop.Domain}"].Detail);
        Assert.NotEmpty((await alice.JsonAsync("search", "Undelivered")).EnumerateArray());

        string id = BounceMail.IdOf((await alice.RunAsync("cat", message)).Expect(0).Text);
        using (SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.SmtpPort))
        {
            // Of another mail, of somebody else's, of a recipient that it did not have, and not from the null sender.
            Assert.StartsWith("250", await talk.SendAsync("", alice.Address, BounceMail.Make("other@a.example", Carol)), StringComparison.Ordinal);
            Assert.StartsWith("250", await talk.SendAsync("", bob.Address, BounceMail.Make(id, Carol)), StringComparison.Ordinal);
            Assert.StartsWith("250", await talk.SendAsync("", alice.Address, BounceMail.Make(id, Dave)), StringComparison.Ordinal);
            Assert.StartsWith("250", await talk.SendAsync(Dave, alice.Address, BounceMail.Make(id, Carol)), StringComparison.Ordinal);
            Assert.Equal("smtp", (await Fates.OfAsync(alice, thread, _ => true))[Carol].State);
            Assert.StartsWith("250", await talk.SendAsync("", alice.Address, BounceMail.Make(id, Carol)), StringComparison.Ordinal);
        }
        fates = await Fates.OfAsync(alice, thread, shown => shown[Carol].State == "failed");
        Assert.Equal("returned by mx.carol.example: 550 5.2.1 she left", fates[Carol].Detail);
    }

    [Fact]
    public async Task Mail_that_is_sent_back_comes_in_once_and_nothing_goes_round()
    {
        await using PostfixHop hop = await PostfixHop.StartAsync();
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await using GatewayProgram gateway = await MakeAsync(hop);
        await hop.PassOnAsync(gateway.SmtpPort, ($"back@{PostfixHop.Domain}", alice.Address));
        await gateway.ServeAsync(alice, alice.Address);
        using SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.SmtpPort);

        (_, string thread) = await alice.SendAsync($"back@{PostfixHop.Domain}", "To myself", "--body", "x");
        await Fates.OfAsync(alice, thread, shown => shown.Values.All(fate => fate.State == "smtp"));
        await hop.SettledAsync(deliveries: 1);
        string[] sent = [.. (await alice.JsonAsync("threads")).EnumerateArray().Select(row => row.GetProperty("subject").GetString()!)];
        Assert.Equal(["To myself"], sent);
        Assert.Contains("defms_smtp_mails_taken_total 1\n", await gateway.GetAsync("/metrics"), StringComparison.Ordinal);

        // A program's answer, which nobody answers; what has gone round too often; and a bounce for nobody, which nobody bounces.
        string auto = "From: carol@old.example\r\nAuto-Submitted: auto-replied\r\nSubject: Away\r\n\r\nx\r\n";
        Assert.StartsWith("250", await talk.SendAsync("", alice.Address, Encoding.ASCII.GetBytes(auto)), StringComparison.Ordinal);
        Assert.StartsWith("554 5.4.6", await talk.SendAsync(Carol, alice.Address, Passed("Received: from a by b;", 101)), StringComparison.Ordinal);
        Assert.StartsWith("554 5.4.6", await talk.SendAsync(Carol, alice.Address, Passed("Defms-Trace: mx.a.example", 5)), StringComparison.Ordinal);
        Assert.StartsWith("250", await talk.SendAsync(Carol, alice.Address, Passed("Defms-Trace: mx.a.example", 4)), StringComparison.Ordinal);
        Assert.StartsWith("550 5.1.1", await talk.SendAsync("", "nobody@a.example", BounceMail.Make("x@a.example", Carol)), StringComparison.Ordinal);
        (await alice.RunAsync("sync")).Expect(0);
        Assert.Equal(0, await gateway.TerminateAsync());
        Assert.Equal(1, hop.ReadLog().Split("status=sent").Length - 1);
    }

    private static byte[] Passed(string field, int times) =>
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(field + "\r\n", times)) + $"From: {Carol}\r\nSubject: Round\r\n\r\nx\r\n");

    private static async Task<GatewayProgram> MakeAsync(PostfixHop hop, string? keyFile = null, RSA? key = null)
    {
        if (keyFile is not null)
            await File.WriteAllTextAsync(keyFile, key!.ExportPkcs8PrivateKeyPem());
        GatewayProgram gateway = await GatewayProgram.MakeAsync(
            $"[outgoing]\nsend = smarthost\nsmarthost = 127.0.0.1\nsmarthost-port = {hop.Port}\nsmarthost-security = insecure\n"
            + (keyFile is null ? "" : $"dkim-key = {keyFile}\n"));
        await gateway.StartAsync();
        return gateway;
    }

    /// <summary>A word for each signature in a mail, by Python's dkim.</summary>
    private static async Task<string> PythonSaysAsync(Person person, RSA key, string mail)
    {
        string zone = person.File("zone");
        await File.WriteAllTextAsync(
            zone, $"defms._domainkey.a.example v=DKIM1; k=rsa; p={Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}\n");
        string? python = new[] { "/usr/bin/python3", "/usr/local/bin/python3" }.FirstOrDefault(path => File.Exists(path) && HasDkim(path));
        Assert.SkipWhen(python is null, "Needs Python's dkim (package python3-dkim).");
        var start = new ProcessStartInfo(python!, [Script(), "verify", zone])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        await process.StandardInput.BaseStream.WriteAsync(Encoding.Latin1.GetBytes(mail.ReplaceLineEndings("\r\n")));
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string said = await process.StandardOutput.ReadToEndAsync();
        await errors;
        await process.WaitForExitAsync();
        return said;
    }

    private static bool HasDkim(string python)
    {
        using Process process = Process.Start(new ProcessStartInfo(python, ["-c", "import dkim"]) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static string Script()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Defms.sln")))
            folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, "tests", "interop", "dkim-opinion.py");
    }
}
