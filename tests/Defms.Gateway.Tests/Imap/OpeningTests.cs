using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Defms.Gateway.Imap;
using Defms.Gateway.Tests.Imap.Fixtures;

namespace Defms.Gateway.Tests.Imap;

public sealed class OpeningTests : IDisposable
{
    private readonly FakeServer server = new();
    private readonly X509Certificate2 certificate = SelfSigned();

    public OpeningTests()
    {
        server.Certificate = certificate;
        server.Inbox.Add(2);
    }

    private string Fingerprint => Convert.ToHexString(SHA256.HashData(certificate.RawData));

    public void Dispose() => certificate.Dispose();

    [Theory]
    [InlineData(ImapSecurity.Tls)]
    [InlineData(ImapSecurity.StartTls)]
    public async Task A_server_with_the_pinned_certificate_is_spoken_to(ImapSecurity security)
    {
        server.TlsFromTheStart = security == ImapSecurity.Tls;
        server.Capabilities += security == ImapSecurity.StartTls ? " STARTTLS" : "";
        var fetching = new Fetching(server.Account(a => a with { Security = security, PinnedSha256 = Fingerprint.ToLowerInvariant() }), server);
        Assert.Equal(2, (await fetching.PassAsync()).Fetched);
    }

    [Theory]
    [InlineData(null, "not trusted")]
    [InlineData("00112233", "not the one pinned")]
    public async Task Another_certificate_is_refused_before_anything_secret_is_sent(string? pin, string reason)
    {
        server.TlsFromTheStart = true;
        ImapException e = await new Fetching(server.Account(a => a with { Security = ImapSecurity.Tls, PinnedSha256 = pin }), server).FailAsync();
        Assert.Equal(ImapFault.Unsafe, e.Fault);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Contains(Fingerprint, e.Message, StringComparison.Ordinal);
        Assert.Empty(server.Heard);
    }

    [Fact]
    public async Task A_server_without_starttls_is_refused()
    {
        ImapException e = await new Fetching(server.Account(a => a with { Security = ImapSecurity.StartTls }), server).FailAsync();
        Assert.Equal(ImapFault.Unsafe, e.Fault);
        Assert.Equal(["CAPABILITY"], server.Heard);
    }

    [Fact]
    public async Task A_server_that_refuses_starttls_is_refused()
    {
        server.Capabilities += " STARTTLS";
        server.Lie = command => command == "STARTTLS" ? "$ NO not today\r\n" : null;
        ImapException e = await new Fetching(server.Account(a => a with { Security = ImapSecurity.StartTls }), server).FailAsync();
        Assert.Equal(ImapFault.Unsafe, e.Fault);
        Assert.Equal(["CAPABILITY", "STARTTLS"], server.Heard);
    }

    [Fact]
    public async Task Preauth_before_starttls_is_refused()
    {
        server.Greeting = "* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] come in";
        ImapException e = await new Fetching(server.Account(a => a with { Security = ImapSecurity.StartTls }), server).FailAsync();
        Assert.Equal(ImapFault.Unsafe, e.Fault);
        Assert.Empty(server.Heard);
    }

    [Fact]
    public async Task What_is_appended_to_the_answer_to_starttls_is_dropped()
    {
        server.Capabilities += " STARTTLS";
        server.AppendedToStartTls = "* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\nD3 OK injected\r\n* BYE injected\r\n";
        var fetching = new Fetching(server.Account(a => a with { Security = ImapSecurity.StartTls, PinnedSha256 = Fingerprint }), server);
        Assert.Equal(2, (await fetching.PassAsync()).Fetched);
    }

    [Theory]
    [InlineData("IMAP4rev1 AUTH=PLAIN SASL-IR", "AUTHENTICATE PLAIN AGFkYQBzZSJjcmV0")]
    [InlineData("IMAP4rev1", "LOGIN \"ada\" \"se\\\"cret\"")]
    public async Task The_password_goes_by_what_is_offered(string capabilities, string heard)
    {
        server.Capabilities = capabilities;
        await new Fetching(server.Account(), server).PassAsync();
        Assert.Contains(heard, server.Heard);
    }

    [Fact]
    public async Task A_password_beyond_ascii_goes_as_a_literal()
    {
        server.Capabilities = "IMAP4rev1";
        server.Lie = command => command.StartsWith("LOGIN", StringComparison.Ordinal) ? "+ go on\r\n"
            : command == "sszword" ? "D2 OK in\r\n" : null;
        // A space in the password makes the fake server read the literal as a tag and a command.
        await new Fetching(server.Account(a => a with { Secret = new GivenSecret("ä sszword") }), server).PassAsync();
        Assert.Contains(server.Heard, line => line.EndsWith("{10}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("IMAP4rev1 LOGINDISABLED", ImapLogin.Password)]
    [InlineData("IMAP4rev1 AUTH=PLAIN", ImapLogin.Token)]
    public async Task Without_a_way_in_nothing_is_sent(string capabilities, ImapLogin login)
    {
        server.Capabilities = capabilities;
        ImapException e = await new Fetching(server.Account(a => a with { Login = login }), server).FailAsync();
        Assert.Equal(ImapFault.NotLetIn, e.Fault);
        Assert.Equal(["CAPABILITY"], server.Heard);
    }

    [Fact]
    public async Task A_refused_token_says_why()
    {
        server.Capabilities = "IMAP4rev1 AUTH=XOAUTH2 SASL-IR";
        server.Lie = command => command.StartsWith("AUTHENTICATE XOAUTH2 ", StringComparison.Ordinal) ? "+ eyJzdGF0dXMiOiI0MDEifQ==\r\nD2 NO token expired\r\n" : null;
        ImapException e = await new Fetching(server.Account(a => a with { Login = ImapLogin.Token }), server).FailAsync();
        Assert.Equal((ImapFault.NotLetIn, "imap.test does not let the account test in: token expired"), (e.Fault, e.Message));
    }

    [Fact]
    public async Task A_server_that_skips_its_proof_is_refused()
    {
        server.Capabilities = "IMAP4rev1 AUTH=SCRAM-SHA-256 SASL-IR";
        server.Lie = command => command.StartsWith("AUTHENTICATE", StringComparison.Ordinal) ? "$ OK in\r\n" : null;
        ImapException e = await new Fetching(server.Account(), server).FailAsync();
        Assert.Equal(ImapFault.Unsafe, e.Fault);
    }

    [Theory]
    [InlineData("* BYE too many\r\n", ImapFault.Lost, "imap.test ended the connection: too many")]
    [InlineData("D9 OK done\r\n", ImapFault.BadAnswer, "imap.test ended a command that was not given.")]
    [InlineData("+ more\r\n", ImapFault.BadAnswer, "imap.test asked for more of a command that was whole.")]
    [InlineData("* LIST\r\n", ImapFault.BadAnswer, "imap.test listed a folder in a way that cannot be read.")]
    [InlineData("$ BAD no\u0007\u001b[2J LIST\r\n", ImapFault.Refused, "imap.test did not list the folders: no  [2J LIST")]
    public async Task A_strange_answer_ends_the_connection_with_a_sentence(string answer, ImapFault fault, string message)
    {
        server.Lie = command => command.StartsWith("LIST", StringComparison.Ordinal) ? answer : null;
        ImapException e = await new Fetching(server.Account(), server).FailAsync();
        Assert.Equal((fault, message), (e.Fault, e.Message));
    }

    [Fact]
    public async Task Folders_are_chosen_by_role_and_named_as_the_person_knows_them()
    {
        foreach ((string name, string attributes) in new[]
        {
            ("All", "\\All"), ("Bin", "\\HasNoChildren \\Trash"), ("Spam", "\\Junk"), ("Entw&APw-rfe", ""), ("Gesendet", "\\Sent"), ("Root", "\\Noselect"), ("Drafts", "\\Drafts"),
        })
        {
            server.Folders[name] = new FakeFolder(attributes);
            server.Folders[name].Add(1, from: name.Length * 100);
        }
        var fetching = new Fetching(server.Account(), server);
        await fetching.PassAsync();
        Assert.Equal(
            [("Entwürfe", FolderRole.None), ("Gesendet", FolderRole.Sent), ("INBOX", FolderRole.Inbox)],
            fetching.Sink.Mails.Select(mail => (mail.Place.Folder.Name, mail.Place.Folder.Role)).Distinct().OrderBy(folder => folder.Name, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Where_a_server_knows_no_roles_common_names_decide()
    {
        foreach (string name in new[] { "Trash", "Work/Junk", "Work/Sent Items" })
        {
            server.Folders[name] = new FakeFolder();
            server.Folders[name].Add(1, from: name.Length * 100);
        }
        var fetching = new Fetching(server.Account(), server);
        await fetching.PassAsync();
        Assert.Equal([FolderRole.Inbox, FolderRole.Sent], fetching.Sink.Mails.Select(mail => mail.Place.Folder.Role).Distinct().Order());
    }

    [Fact]
    public async Task Chosen_folders_are_fetched_whatever_their_role()
    {
        server.Folders["Junk"] = new FakeFolder("\\Junk");
        server.Folders["Junk"].Add(1, from: 50);
        var fetching = new Fetching(server.Account(a => a with { Folders = new FolderChoice { Names = ["Junk"] } }), server);
        await fetching.PassAsync();
        Assert.Equal("Junk", Assert.Single(fetching.Sink.Mails).Place.Folder.Name);
    }

    [Fact]
    public async Task A_folder_whose_name_would_end_a_command_is_left_out()
    {
        server.Lie = command => command.StartsWith("LIST", StringComparison.Ordinal)
            ? "* LIST () \"/\" {14}\r\nx\"\r\nD9 DELETE \r\n* LIST () \"/\" INBOX\r\n$ OK\r\n" : null;
        await new Fetching(server.Account(), server).PassAsync();
        Assert.DoesNotContain(server.Heard, line => line.StartsWith("DELETE", StringComparison.Ordinal));
        Assert.Equal(1, server.Heard.Count(line => line.StartsWith("EXAMINE", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Names_are_exchanged_in_utf_8_where_the_server_offers_it()
    {
        server.Capabilities = "IMAP4rev1 AUTH=PLAIN ENABLE UTF8=ACCEPT";
        server.Folders["日本 &-"] = new FakeFolder();
        server.Folders["日本 &-"].Add(1, from: 50);
        var fetching = new Fetching(server.Account(), server);
        await fetching.PassAsync();
        Assert.Contains("日本 &-", fetching.Sink.Mails.Select(mail => mail.Place.Folder.Name));
        Assert.Contains("ENABLE UTF8=ACCEPT", server.Heard);
    }

    [Fact]
    public async Task What_a_server_offers_is_asked_again_after_the_login()
    {
        server.Capabilities = "IMAP4rev1 SASL-IR AUTH=PLAIN";
        server.Lie = command =>
        {
            if (command.StartsWith("AUTHENTICATE", StringComparison.Ordinal))
                server.Capabilities = "IMAP4rev1 ENABLE CONDSTORE";
            return null;
        };
        await new Fetching(server.Account(), server).PassAsync();
        Assert.Contains("ENABLE CONDSTORE", server.Heard);
    }

    [Fact]
    public async Task Secrets_come_from_files_and_programs()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "from file\nmore\n");
        Assert.Equal("from file", await new FileSecret(file).ReadAsync(default));
        File.Delete(file);
        Assert.Contains(file, (await Assert.ThrowsAsync<ImapException>(async () => await new FileSecret(file).ReadAsync(default))).Message, StringComparison.Ordinal);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs echo, false and cat.");
        TimeSpan limit = TimeSpan.FromSeconds(30);
        Assert.Equal("from program", await new CommandSecret("echo", ["from program"], limit, TimeProvider.System).ReadAsync(default));
        await Assert.ThrowsAsync<ImapException>(async () => await new CommandSecret("false", [], limit, TimeProvider.System).ReadAsync(default));
        await Assert.ThrowsAsync<ImapException>(async () => await new CommandSecret("cat", [], TimeSpan.FromMilliseconds(1), TimeProvider.System).ReadAsync(default));
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=somebody.test", key, HashAlgorithmName.SHA256);
        using X509Certificate2 made = request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2050, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
