using System.Net.Security;
using System.Text;
using Defms.Gateway.Imap;

namespace Defms.Gateway.Tests.Imap.Fixtures;

/// <summary>One connection to the <see cref="FakeServer"/>.</summary>
internal sealed class FakeSession(FakeServer server, Stream plain, int number)
{
    private Stream stream = plain;
    private readonly byte[] one = new byte[1];
    private FakeFolder? open;
    private string line = "";

    public async Task RunAsync()
    {
        try
        {
            if (server.TlsFromTheStart)
                await EncryptAsync();
            await SendAsync(server.Greeting + "\r\n");
            while (await ReadLineAsync() && await AnswerAsync())
            {
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // The client is gone.
        }
        await stream.DisposeAsync();
    }

    private async Task<bool> AnswerAsync()
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        string tag = line[..space];
        string command = line[(space + 1)..];
        server.Heard.Enqueue(command);
        if (server.Lie(command) is { } lie)
        {
            await SendAsync(lie.Replace("$", tag, StringComparison.Ordinal));
            return true;
        }
        string[] words = command.Split(' ');
        string verb = words[0] == "UID" ? $"UID {words[1]}" : words[0];
        await AnswerAsync(tag, verb, command);
        return verb != "LOGOUT";
    }

    private async Task AnswerAsync(string tag, string verb, string command)
    {
        string answer = verb switch
        {
            "CAPABILITY" => $"* CAPABILITY {server.Capabilities}\r\n",
            "ENABLE" => $"* ENABLED{command[6..]}\r\n",
            "LIST" => string.Concat(server.Folders.Select(folder => $"* LIST ({folder.Value.Attributes}) \"/\" \"{folder.Key}\"\r\n")),
            "EXAMINE" or "SELECT" => Open(command),
            "UID COPY" or "UID MOVE" => Copy(command, isMove: verb == "UID MOVE"),
            "UID STORE" => Store(command),
            "UID EXPUNGE" => Expunge(command),
            "LOGOUT" => "* BYE gone\r\n",
            _ => "",
        };
        await SendAsync(answer);
        if (verb == "UID FETCH")
            await FetchAsync(command);
        if (verb == "IDLE")
            await IdleAsync();
        await SendAsync($"{tag} OK done\r\n{(verb == "STARTTLS" ? server.AppendedToStartTls : "")}");
        if (verb == "STARTTLS")
            await EncryptAsync();
    }

    private string Open(string command)
    {
        open = server.Folders[command.Split('"')[1]];
        return $"* FLAGS (\\Seen)\r\n* {open.Mails.Count} EXISTS\r\n* OK [UIDVALIDITY {open.UidValidity}] valid\r\n"
            + $"* OK [UIDNEXT {open.UidNext}] next\r\n* OK [HIGHESTMODSEQ {open.ModSeq}] counted\r\n";
    }

    private IEnumerable<FakeMail> In(string set)
    {
        if (set.EndsWith(":*", StringComparison.Ordinal))
        {
            uint from = uint.Parse(set[..^2]);
            return open!.Mails.Where(mail => mail.Uid >= from || mail == open.Mails[^1]).ToList();
        }
        Assert.True(UidSet.TryParse(Encoding.ASCII.GetBytes(set), out UidSet uids), set);
        return open!.Mails.Where(mail => uids.Contains(mail.Uid)).ToList();
    }

    private async Task FetchAsync(string command)
    {
        string set = command.Split(' ')[2];
        string[] since = command.Split("CHANGEDSINCE ");
        if (since.Length > 1)
        {
            long from = long.Parse(since[1].Split(' ', ')')[0]);
            string gone = string.Join(',', open!.Gone.Where(mail => mail.ModSeq > from).Select(mail => mail.Uid));
            if (gone.Length > 0)
                await SendAsync($"* VANISHED (EARLIER) {gone}\r\n");
            foreach (FakeMail mail in In(set).Where(mail => mail.ModSeq > from))
                await SendAsync($"* {open.Mails.IndexOf(mail) + 1} FETCH (UID {mail.Uid} FLAGS ({mail.Flags}) MODSEQ ({mail.ModSeq}))\r\n");
            return;
        }
        foreach (FakeMail mail in In(set))
            await SendAsync(mail, command.Contains("BODY.PEEK[]", StringComparison.Ordinal));
    }

    private async Task SendAsync(FakeMail mail, bool withBody)
    {
        string head = $"* {open!.Mails.IndexOf(mail) + 1} FETCH (UID {mail.Uid}";
        if (withBody)
        {
            await SendAsync($"{head} FLAGS ({mail.Flags}) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" BODY[] {{{mail.Octets.Length}}}\r\n");
            await SendAsync(mail.Octets);
        }
        else
        {
            await SendAsync(head);
        }
        await SendAsync(")\r\n");
    }

    private string Copy(string command, bool isMove)
    {
        string[] words = command.Split(' ');
        foreach (FakeMail mail in In(words[2]))
        {
            server.Folders[words[3].Trim('"')].Add(mail.Octets);
            if (isMove)
                open!.Remove(mail);
        }
        return "";
    }

    private string Store(string command)
    {
        foreach (FakeMail mail in In(command.Split(' ')[2]))
            open!.SetFlags(mail, "\\Deleted");
        return "";
    }

    private string Expunge(string command)
    {
        foreach (FakeMail mail in In(command.Split(' ')[2]).Where(mail => mail.Flags == "\\Deleted"))
            open!.Remove(mail);
        return "";
    }

    private async Task IdleAsync()
    {
        await SendAsync("+ idling\r\n");
        server.Idling.Writer.TryWrite(number);
        Task<bool> done = ReadLineAsync();
        Task<string> news = server.News.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        if (await Task.WhenAny(done, news) == news)
            await SendAsync(await news + "\r\n");
        await done;
        server.Heard.Enqueue(line);
    }

    private async Task EncryptAsync()
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(FakeServer.Tls(server.Certificate!));
        stream = tls;
    }

    private Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    private async Task SendAsync(byte[] octets)
    {
        if (octets.Length == 0)
            return;
        Interlocked.Add(ref server.Sent, octets.Length);
        await stream.WriteAsync(octets);
    }

    private async Task<bool> ReadLineAsync()
    {
        var text = new StringBuilder();
        while (await stream.ReadAsync(one) == 1)
        {
            if (one[0] != '\n')
            {
                text.Append((char)one[0]);
                continue;
            }
            line = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text.ToString().TrimEnd('\r')));
            return true;
        }
        return false;
    }
}
