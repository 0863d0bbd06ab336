using System.Diagnostics;
using Defms.Gateway.Authentication;
using Defms.Gateway.Authentication.Dkim;

namespace Defms.Gateway.Tests.Authentication;

/// <summary>What others think of our signatures, and we of theirs: Python's dkim both ways, opendkim as a verifier.</summary>
public sealed class DkimSecondOpinionTests : IDisposable
{
    private static readonly string[] Bodies =
    [
        "", "\r\n", "\r\n\r\n", "x", "x\r\n", " \t \r\n", "a  b\t c \r\n\r\n \r\nend\r\n\r\n\r\n", "\r\nlead\r\n", ".dot\r\n..dots\r\n", "no end\r\nat all",
    ];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("defms-dkim-");

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Python_verifies_what_we_sign_and_refuses_what_was_changed()
    {
        string python = await PythonAsync();
        string zone = await WriteZoneAsync();
        foreach (string body in Bodies)
        {
            byte[] octets = Mail.Octets(Mail.Simple[..Mail.Simple.IndexOf("\r\n\r\n", StringComparison.Ordinal)] + "\r\nX-Odd:  a \r\n\t b\t\r\n\r\n" + body);
            byte[] message = [.. new DkimSigner("example.org", [Mail.Rsa, Mail.Ed25519], TimeProvider.System).Sign(octets), .. octets];
            Assert.Equal("pass\npass\n", await AskAsync(python, message, Script(), "verify", zone));
            Assert.Equal("fail\nfail\n", await AskAsync(python, [.. "Reply-To: eve@example.com\r\n"u8, .. message], Script(), "verify", zone));
        }
    }

    [Theory]
    [InlineData("rsa-sha256")]
    [InlineData("ed25519-sha256")]
    public async Task We_verify_what_Python_signs_in_every_canonical_form(string algorithm)
    {
        string python = await PythonAsync();
        string key = Path.Combine(folder.FullName, "key");
        bool rsa = algorithm == "rsa-sha256";
        await File.WriteAllTextAsync(key, rsa ? Mail.RsaPem : Seed(Mail.Ed25519Pem), Ending);
        string[] forms = ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"];
        for (int i = 0; i < forms.Length; i++)
        {
            string form = forms[i];
            foreach (string body in Bodies.Where((_, index) => index % 2 == (i ^ (i >> 1)) % 2))
            {
                byte[] octets = Mail.Octets(Mail.Simple[..Mail.Simple.IndexOf("\r\n\r\n", StringComparison.Ordinal)] + "\r\n\r\n" + body);
                byte[] signed = await AskForOctetsAsync(python, octets, Script(), "sign", "example.org", rsa ? "r" : "e", algorithm, form, key);
                DkimSignature result = Assert.Single(await new DkimCheck(Mail.Zone(), TimeProvider.System).CheckAsync(signed, Ending));
                Assert.True(result.Result == AuthResult.Pass, $"{form} {body}: {result.Reason}");
            }
        }
    }

    [Fact]
    public async Task Opendkim_verifies_what_we_sign()
    {
        string? opendkim = new[] { "/usr/sbin/opendkim", "/usr/local/sbin/opendkim" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(opendkim is null, "opendkim is not installed");
        string settings = Path.Combine(folder.FullName, "settings");
        await File.WriteAllTextAsync(settings, $"Mode v\nTestDNSData {await WriteZoneAsync()}\nSyslog no\n", Ending);
        byte[] octets = Mail.Octets(Mail.Simple);
        byte[] message = [.. new DkimSigner("example.org", [Mail.Rsa], TimeProvider.System).Sign(octets), .. octets];
        Assert.Contains("succeeded", await OpendkimAsync(opendkim, settings, message), StringComparison.Ordinal);
        Assert.DoesNotContain("succeeded", await OpendkimAsync(opendkim, settings, [.. "Reply-To: eve@example.com\r\n"u8, .. message]), StringComparison.Ordinal);
    }

    private static string Script() => Path.Combine(TestFiles.Vector(".."), "interop", "dkim-opinion.py");

    /// <summary>dkim takes an Ed25519 key as the base64 of its 32 secret bytes, which end the PKCS #8 form.</summary>
    private static string Seed(string pem) =>
        Convert.ToBase64String(Convert.FromBase64String(string.Concat(pem.Split('\n').Where(line => !line.StartsWith('-'))))[^32..]);

    private static async Task<string> PythonAsync()
    {
        foreach (string python in new[] { "/usr/bin/python3", "python3" })
        {
            if ((python[0] != '/' || File.Exists(python)) && await TryAsync(python))
                return python;
        }

        Assert.Skip("Python with dkim and nacl (python3-dkim, python3-nacl) is not installed");
        return "";
    }

    private static async Task<bool> TryAsync(string python)
    {
        try
        {
            return await AskAsync(python, [], "-c", "import dkim, nacl.signing; print('here')") == "here\n";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<string> AskAsync(string program, byte[] input, params string[] arguments) =>
        System.Text.Encoding.Latin1.GetString(await AskForOctetsAsync(program, input, arguments));

    private static async Task<byte[]> AskForOctetsAsync(string program, byte[] input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        using var output = new MemoryStream();
        Task<string> errors = process.StandardError.ReadToEndAsync(Ending);
        Task copying = process.StandardOutput.BaseStream.CopyToAsync(output, Ending);
        await process.StandardInput.BaseStream.WriteAsync(input, Ending);
        process.StandardInput.Close();
        await copying;
        await errors;
        await process.WaitForExitAsync(Ending);
        return output.ToArray();
    }

    private async Task<string> WriteZoneAsync()
    {
        string zone = Path.Combine(folder.FullName, "zone");
        await File.WriteAllTextAsync(zone, $"r._domainkey.example.org {Mail.Rsa.Record}\ne._domainkey.example.org {Mail.Ed25519.Record}\n", Ending);
        return zone;
    }

    /// <summary>opendkim reads test messages with LF line ends, and says its verdict on standard error.</summary>
    private async Task<string> OpendkimAsync(string opendkim, string settings, byte[] message)
    {
        string file = Path.Combine(folder.FullName, "message");
        await File.WriteAllBytesAsync(file, [.. message.Where(octet => octet != '\r')], Ending);
        using Process process = Process.Start(new ProcessStartInfo(opendkim, ["-f", "-x", settings, "-t", file]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(Ending);
        string said = await process.StandardError.ReadToEndAsync(Ending);
        await process.WaitForExitAsync(Ending);
        return said + await output;
    }
}
