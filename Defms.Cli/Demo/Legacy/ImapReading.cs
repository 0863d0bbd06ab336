using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Defms.Cli.Demo.Legacy;

/// <summary>Reads a mailbox of the town as a mail program does, by IMAP (RFC 3501), without changing anything there.</summary>
internal static class ImapReading
{
    /// <summary>All mails of the INBOX, and whether each counts as read.</summary>
    /// <exception cref="IOException">The server hung up, or refused.</exception>
    public static async Task<IReadOnlyList<(byte[] Octets, bool IsSeen)>> ReadAsync(int port, string person, CancellationToken cancel)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancel);
        using var stream = new BufferedStream(client.GetStream());
        await LineAsync(stream, cancel);
        var mails = new List<(byte[] Octets, bool IsSeen)>();
        foreach (string command in new[] { $"LOGIN {person} {Dovecot.Password}", "EXAMINE INBOX", "UID FETCH 1:* (FLAGS BODY.PEEK[])" })
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"x {command}\r\n"), cancel);
            string line;
            while (!(line = await LineAsync(stream, cancel)).StartsWith("x ", StringComparison.Ordinal))
            {
                if (!line.EndsWith('}'))
                    continue;
                byte[] octets = new byte[int.Parse(line.AsSpan(line.LastIndexOf('{') + 1).TrimEnd('}'), CultureInfo.InvariantCulture)];
                await stream.ReadExactlyAsync(octets, cancel);
                mails.Add((octets, line.Contains("\\Seen", StringComparison.Ordinal)));
            }
            if (!line.StartsWith("x OK", StringComparison.Ordinal))
                throw new IOException($"'{command.Split(' ')[0]}' is answered by '{line[2..]}'");
        }
        return mails;
    }

    private static async Task<string> LineAsync(BufferedStream stream, CancellationToken cancel)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, cancel) == 1)
        {
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }
        throw new IOException("the IMAP server hung up");
    }
}
