using System.Net.Sockets;
using System.Text;

namespace Defms.Cli.Demo.Legacy;

/// <summary>Brings one mail to a server of this machine, as any mail program does (RFC 5321).</summary>
internal sealed class SmtpTalk : IDisposable
{
    private readonly TcpClient client = new();
    private StreamReader? reader;

    /// <summary>The reply to the mail's end, or to the command that was refused.</summary>
    /// <param name="octets">With CRLF as line end, also of the last line.</param>
    /// <exception cref="DemoException">The server is not there, or hangs up.</exception>
    public static async Task<string> SendAsync(int port, string from, string to, byte[] octets, CancellationToken cancel)
    {
        using var talk = new SmtpTalk();
        try
        {
            await talk.client.ConnectAsync("127.0.0.1", port, cancel);
            talk.reader = new StreamReader(talk.client.GetStream(), Encoding.Latin1);
            return await talk.BringAsync(from, to, octets, cancel);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new DemoException($"The mail server at port {port} did not take a mail: {e.Message}");
        }
    }

    public void Dispose()
    {
        reader?.Dispose();
        client.Dispose();
    }

    private async Task<string> BringAsync(string from, string to, byte[] octets, CancellationToken cancel)
    {
        await HearAsync(cancel);
        string reply = "";
        foreach (string command in new[] { $"EHLO mail.{OldTown.Domain}", $"MAIL FROM:<{from}>", $"RCPT TO:<{to}>", "DATA" })
        {
            reply = await SayAsync(command + "\r\n", cancel);
            if (reply[0] is '4' or '5')
                break;
        }
        if (reply[0] is '3')
            reply = await SayAsync(Stuffed(octets) + ".\r\n", cancel);
        await SayAsync("QUIT\r\n", cancel);
        return reply;
    }

    /// <summary>A line that begins with a dot gets one more (4.5.2).</summary>
    private static string Stuffed(byte[] octets)
    {
        string text = Encoding.Latin1.GetString(octets).Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        return text.StartsWith('.') ? "." + text : text;
    }

    private async Task<string> SayAsync(string text, CancellationToken cancel)
    {
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), cancel);
        return await HearAsync(cancel);
    }

    /// <summary>The last line of a reply.</summary>
    private async Task<string> HearAsync(CancellationToken cancel)
    {
        string line;
        do
        {
            line = await reader!.ReadLineAsync(cancel) ?? throw new IOException("it hung up");
        }
        while (line.Length > 3 && line[3] == '-');
        return line;
    }
}
