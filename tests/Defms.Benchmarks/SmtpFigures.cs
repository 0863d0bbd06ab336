using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Defms.Core;
using Defms.Core.Mime;
using Defms.Gateway.Smtp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Benchmarks;

/// <summary>
/// Mails accepted by SMTP over kept sessions, by a desk that keeps nothing: what the protocol alone allows. Client and server share the
/// process and the machine.
/// </summary>
internal static class SmtpFigures
{
    private const int Sessions = 20;
    private const int MailsEach = 2_000;
    private const string Envelope = "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n";

    private static readonly byte[] Octets = MakeMail();

    public static async Task RunAsync(Bench bench)
    {
        var limits = new SmtpLimits { MailsPerSession = int.MaxValue, CommandsPerSession = int.MaxValue };
        var options = new SmtpOptions
        {
            HostName = "mx.example.org",
            Listeners = [new SmtpListener(new IPEndPoint(IPAddress.Loopback, 0), SmtpPort.Exchange)],
            Limits = limits,
        };
        using var server = new SmtpServer(
            options, new IdleDesk(), credentials: null, certificate: null, TimeProvider.System, RandomSource.System, NullLogger<SmtpServer>.Instance);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server.Listen);
        await using WebApplication app = builder.Build();
        await app.StartAsync();
        var rates = new List<double>();
        var slowest = new List<double>();
        for (int run = 0; run < Bench.Runs; run++)
        {
            (double rate, double p99) = await MeasureAsync(server.Addresses[0].Port);
            rates.Add(rate);
            slowest.Add(p99);
        }
        bench.Report("smtp.accept-4KiB-20-sessions-parser-alone", "messages/s", rates);
        bench.Report("smtp.accept-4KiB-20-sessions-parser-alone-p99", "ms", slowest, target: 50, isCeiling: true);
    }

    private static async Task<(double Rate, double P99)> MeasureAsync(int port)
    {
        double[][] times = [];
        double seconds = await Bench.TimeAsync(async () => times = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => SendAsync(port))));
        double[] sorted = [.. times.SelectMany(each => each).Order()];
        return (sorted.Length / seconds, sorted[(int)(sorted.Length * 0.99)]);
    }

    /// <summary>One session; the milliseconds of each mail, from MAIL to the last reply.</summary>
    private static async Task<double[]> SendAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        byte[] buffer = new byte[1024];
        byte[] envelope = Encoding.ASCII.GetBytes(Envelope);
        await ExpectAsync(socket, buffer, "220 ");
        await socket.SendAsync("HELO bench.example\r\n"u8.ToArray());
        await ExpectAsync(socket, buffer, "250 ");
        double[] times = new double[MailsEach];
        for (int i = 0; i < MailsEach; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await socket.SendAsync(envelope);
            await ExpectAsync(socket, buffer, "354 ");
            await socket.SendAsync(Octets);
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
            heard += count > 0 ? Encoding.ASCII.GetString(buffer, 0, count) : throw new InvalidOperationException($"Heard {heard} and then nothing.");
        }
    }

    private static byte[] MakeMail()
    {
        var text = new StringBuilder("From: a@example.com\r\nTo: b@example.org\r\nSubject: A mail\r\n\r\n");
        while (text.Length < Resident.MailBytes - 78)
            text.Append(new string('x', 74)).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.Append(new string('x', Resident.MailBytes - text.Length - 2)).Append("\r\n.\r\n").ToString());
    }

    private sealed class IdleDesk : IMailDesk
    {
        public ValueTask<RecipientAnswer> FindAsync(SmtpClient client, MailAddress recipient, CancellationToken cancel) => new(RecipientAnswer.Welcome);

        public ValueTask<DeskAnswer> TakeAsync(ReceivedMail mail, CancellationToken cancel) => new(DeskAnswer.Taken);
    }
}
