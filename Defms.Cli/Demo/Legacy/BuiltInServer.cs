using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Defms.Cli.Demo.Legacy;

/// <summary>
/// Stands in for Postfix where it is not installed or may not run: as much of a mail server as the story needs, in this process. Mail that another
/// server refuses comes back to its sender as a report.
/// </summary>
internal sealed class BuiltInServer : ICorrespondentServer
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<string, int> routes = new(StringComparer.OrdinalIgnoreCase);
    private readonly OldTown town;
    private readonly Task serving;
    private int filed;

    public BuiltInServer(OldTown town)
    {
        this.town = town;
        listener.Start();
        serving = ServeAsync();
    }

    public string Name => "one built into this program";

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public Task RouteAsync(string domain, int port, CancellationToken cancel)
    {
        routes[domain] = port;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await serving;
        stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
                sessions.Add(TalkAsync(await listener.AcceptTcpClientAsync(stopping.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It was told to end.
        }
        await Task.WhenAll(sessions);
    }

    private async Task TalkAsync(TcpClient accepted)
    {
        using TcpClient client = accepted;
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        try
        {
            await TalkAsync(reader, line => client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), stopping.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // The other one hung up, or the story is over.
        }
    }

    private async Task TalkAsync(StreamReader reader, Func<string, ValueTask> say)
    {
        (string from, List<string> recipients) = ("", []);
        await say($"220 mx.{OldTown.Domain} ESMTP");
        while (await reader.ReadLineAsync(stopping.Token) is { } line)
        {
            string verb = line.Split(' ', ':')[0].ToUpperInvariant();
            string address = line.Split('<', '>') is [_, var inside, ..] ? inside : "";
            if (verb == "MAIL")
                (from, recipients) = (address, []);
            bool isKnown = verb == "RCPT" && (routes.ContainsKey(DomainOf(address)) || IsOurs(address));
            if (isKnown)
                recipients.Add(address);
            await say(verb switch
            {
                "EHLO" => $"250-mx.{OldTown.Domain}\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME",
                "RCPT" when !isKnown => $"550 5.1.1 <{address}>: there is no such person here",
                "DATA" => "354 Go on",
                "QUIT" => "221 2.0.0 Bye",
                _ => "250 2.0.0 Ok",
            });
            if (verb == "QUIT")
                return;
            if (verb != "DATA")
                continue;
            string octets = await ReadAsync(reader);
            foreach (string recipient in recipients)
                await TakeAsync(from, recipient, octets);
            await say($"250 2.0.0 Ok: queued as {filed:X6}");
        }
    }

    private async Task<string> ReadAsync(StreamReader reader)
    {
        var octets = new StringBuilder();
        while (await reader.ReadLineAsync(stopping.Token) is { } line && line != ".")
            octets.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        return octets.ToString();
    }

    private async Task TakeAsync(string from, string recipient, string octets)
    {
        string stamped = $"Received: by mx.{OldTown.Domain} (built in); Fri, 20 Nov 2026 12:00:00 +0000\r\n{octets}";
        if (IsOurs(recipient))
        {
            File(recipient, stamped);
            return;
        }
        string reply = await SmtpTalk.SendAsync(routes[DomainOf(recipient)], from, recipient, Encoding.Latin1.GetBytes(stamped), stopping.Token);
        if (!reply.StartsWith('2') && IsOurs(from))
            File(from, $"From: MAILER-DAEMON@{OldTown.Domain}\r\nTo: {from}\r\nSubject: Undelivered\r\n\r\nYour mail to {recipient} came back: {reply}\r\n");
    }

    /// <summary>Maildirs have LF as line end.</summary>
    private void File(string address, string octets)
    {
        string name = $"1763640000.{Interlocked.Increment(ref filed)}.builtin";
        string maildir = town.Maildir(address.Split('@')[0]);
        string made = Path.Combine(maildir, "tmp", name);
        System.IO.File.WriteAllBytes(made, Encoding.Latin1.GetBytes(octets.Replace("\r\n", "\n", StringComparison.Ordinal)));
        if (!OperatingSystem.IsWindows())
            System.IO.File.SetUnixFileMode(made, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        System.IO.File.Move(made, Path.Combine(maildir, "new", name));
    }

    private static bool IsOurs(string address) => OldTown.People.Any(person => address.Equals($"{person}@{OldTown.Domain}", StringComparison.OrdinalIgnoreCase));

    private static string DomainOf(string address) => address[(address.LastIndexOf('@') + 1)..];
}
