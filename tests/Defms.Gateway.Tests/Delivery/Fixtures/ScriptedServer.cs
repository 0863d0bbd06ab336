using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Defms.Gateway.Tests.Delivery.Fixtures;

/// <summary>The other side of a conversation: says this, expects that. Octets are shown as Latin-1.</summary>
internal sealed class ScriptedServer(Stream connection) : IAsyncDisposable
{
    private Stream stream = connection;

    /// <summary>Everything that came, line ends included.</summary>
    public StringBuilder Heard { get; } = new();

    public async Task SayAsync(string text)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n"));
        await stream.FlushAsync();
    }

    public async Task SayOctetsAsync(string octets)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(octets));
        await stream.FlushAsync();
    }

    /// <summary>The next line, which must begin so.</summary>
    public async Task<string> HearAsync(string start)
    {
        string line = await LineAsync();
        Assert.StartsWith(start, line, StringComparison.Ordinal);
        return line;
    }

    /// <summary>The next line, or null when the client has gone.</summary>
    public Task<string?> HearAnyAsync() => TryLineAsync();

    /// <summary>Expects a command and answers it.</summary>
    public async Task<string> AnswerAsync(string start, string reply)
    {
        string line = await HearAsync(start);
        await SayAsync(reply);
        return line;
    }

    /// <summary>Greets, and answers EHLO with these features.</summary>
    public async Task GreetAsync(params string[] features)
    {
        await SayAsync("220 mx.example.org ESMTP");
        await HelloAsync(features);
    }

    public async Task HelloAsync(params string[] features)
    {
        string[] lines = ["mx.example.org", .. features];
        await AnswerAsync("EHLO gw.example.com", string.Join('\n', lines.Select((line, i) => (i == lines.Length - 1 ? "250 " : "250-") + line)));
    }

    /// <summary>Takes octets up to the end of data, and gives them back without it, dots as they came.</summary>
    public async Task<string> HearDataAsync()
    {
        var data = new StringBuilder();
        for (string line = await LineAsync(); line != "."; line = await LineAsync())
            data.Append(line).Append("\r\n");
        return data.ToString();
    }

    /// <summary>Answers everything well until QUIT or the end; returns the mails.</summary>
    public async Task<List<string>> TakeAllAsync()
    {
        var mails = new List<string>();
        while (await TryLineAsync() is { } line)
        {
            await SayAsync(line == "DATA" ? "354 go on" : line == "QUIT" ? "221 2.0.0 bye" : "250 2.0.0 good");
            if (line == "QUIT")
                break;
            if (line != "DATA")
                continue;
            mails.Add(await HearDataAsync());
            await SayAsync($"250 2.0.0 queued as {mails.Count}");
        }
        return mails;
    }

    /// <summary>Lets the client end as it likes; QUIT and HELO are answered.</summary>
    public async Task HearTheRestAsync()
    {
        while (await TryLineAsync() is { } line)
        {
            if (line == "QUIT" || line.StartsWith("HELO", StringComparison.Ordinal))
                await SayAsync(line == "QUIT" ? "221 bye" : "502 no");
        }
    }

    public async Task EncryptAsync(X509Certificate2 certificate)
    {
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        stream = tls;
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate });
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task<string> LineAsync() => await TryLineAsync() ?? throw new EndOfStreamException("The client has gone.");

    private async Task<string?> TryLineAsync()
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one) == 1)
        {
            Heard.Append((char)one[0]);
            line.Append((char)one[0]);
            if (line.Length >= 2 && line[^2] == '\r' && line[^1] == '\n')
                return line.ToString(0, line.Length - 2);
        }
        return null;
    }
}
