using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Defms.Benchmarks;

/// <summary>Brings mails of 4 KiB to an SMTP server over sessions that are kept, the envelope of each in one piece (PIPELINING).</summary>
internal static class SmtpLoad
{
    private const string Sender = "a@example.com";

    /// <summary>What was measured of one run.</summary>
    /// <param name="Rate">Mails a second, each with its 250.</param>
    /// <param name="P99">Milliseconds from MAIL to the last reply that one mail of a hundred takes longer than.</param>
    public readonly record struct Figures(double Rate, double P99);

    /// <param name="mailsEach">Of each session.</param>
    /// <param name="label">Goes into every Message-ID, so that no two runs bring the same mail.</param>
    public static async Task<Figures> RunAsync(int port, string recipient, int sessions, int mailsEach, string label)
    {
        double[][] times = [];
        double seconds = await Bench.TimeAsync(async () => times = await Task.WhenAll(
            Enumerable.Range(0, sessions).Select(session => SendAsync(port, recipient, mailsEach, $"{label}.{session}"))));
        double[] sorted = [.. times.SelectMany(each => each).Order()];
        return new Figures(sorted.Length / seconds, sorted[(int)(sorted.Length * 0.99)]);
    }

    /// <summary>One session; the milliseconds of each mail.</summary>
    private static async Task<double[]> SendAsync(int port, string recipient, int mails, string label)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        byte[] buffer = new byte[1024];
        byte[] envelope = Encoding.ASCII.GetBytes($"MAIL FROM:<{Sender}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n");
        await ExpectAsync(socket, buffer, "220 ");
        await socket.SendAsync("EHLO bench.example\r\n"u8.ToArray());
        await ExpectAsync(socket, buffer, "250 ");
        double[] times = new double[mails];
        for (int i = 0; i < mails; i++)
        {
            byte[] octets = MakeMail(recipient, $"{label}.{i}");
            long start = Stopwatch.GetTimestamp();
            await socket.SendAsync(envelope);
            await ExpectAsync(socket, buffer, "354 ");
            await socket.SendAsync(octets);
            await ExpectAsync(socket, buffer, "250 2.0.0");
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        return times;
    }

    /// <summary>Reads until a line begins so.</summary>
    private static async Task ExpectAsync(Socket socket, byte[] buffer, string start)
    {
        string heard = "";
        while (!heard.EndsWith("\r\n", StringComparison.Ordinal) || !heard.Split("\r\n").Any(line => line.StartsWith(start, StringComparison.Ordinal)))
        {
            int count = await socket.ReceiveAsync(buffer);
            heard += count > 0 ? Encoding.ASCII.GetString(buffer, 0, count) : "";
            if (count == 0 || (heard.EndsWith("\r\n", StringComparison.Ordinal) && heard.Split("\r\n").Any(line => line is ['4' or '5', ..])))
                throw new InvalidOperationException($"Waited for {start} and heard: {heard}");
        }
    }

    private static byte[] MakeMail(string recipient, string id)
    {
        var text = new StringBuilder($"From: {Sender}\r\nTo: {recipient}\r\nSubject: Mail {id}\r\nMessage-ID: <{id}@example.com>\r\n\r\n");
        for (int line = 0; text.Length < Resident.MailBytes - 78; line++)
            text.Append($"Line {line} of {id}: the quick brown fox jumps over the lazy dog.".PadRight(74, '.')[..74]).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.Append('x', Math.Max(0, Resident.MailBytes - text.Length - 2)).Append("\r\n.\r\n").ToString());
    }
}
