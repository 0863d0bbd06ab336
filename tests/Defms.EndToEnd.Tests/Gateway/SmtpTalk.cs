using System.Net.Sockets;
using System.Text;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>A mail server that brings mail: one session, a line at a time.</summary>
internal sealed class SmtpTalk : IDisposable
{
    private readonly TcpClient client = new();
    private NetworkStream stream = null!;
    private StreamReader reader = null!;

    public static async Task<SmtpTalk> ConnectAsync(int port)
    {
        var talk = new SmtpTalk();
        await talk.client.ConnectAsync("127.0.0.1", port);
        talk.stream = talk.client.GetStream();
        talk.reader = new StreamReader(talk.stream, Encoding.Latin1);
        await talk.HearAsync();
        Assert.StartsWith("250", await talk.SayAsync("EHLO sender.example"), StringComparison.Ordinal);
        return talk;
    }

    /// <summary>Says a line; the last line of the reply.</summary>
    public async Task<string> SayAsync(string line)
    {
        await WriteAsync(line + "\r\n");
        return await HearAsync();
    }

    /// <summary>Says something that earns no reply.</summary>
    public ValueTask WriteAsync(string text) => stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Brings a mail, whose lines end with CRLF; the reply to its end, or to the command that was refused.</summary>
    public async Task<string> SendAsync(string from, string to, byte[] octets)
    {
        foreach (string command in (string[])[$"MAIL FROM:<{from}>", $"RCPT TO:<{to}>", "DATA"])
        {
            string reply = await SayAsync(command);
            if (reply[0] is '4' or '5')
                return reply;
        }
        string stuffed = Encoding.Latin1.GetString(octets).Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        return await SayAsync((stuffed.StartsWith('.') ? "." : "") + stuffed + ".");
    }

    public void Dispose()
    {
        reader?.Dispose();
        client.Dispose();
    }

    private async Task<string> HearAsync()
    {
        string line;
        do
        {
            line = await reader.ReadLineAsync() ?? throw new IOException("the server hung up");
        }
        while (line.Length > 3 && line[3] == '-');
        return line;
    }
}
