using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core;

namespace Defms.Cli.Demo.Legacy;

/// <summary>
/// Somebody with Defms and somebody with old mail, and a gateway between them: told step by step, each claim checked. A claim that does not hold
/// ends the story.
/// </summary>
/// <param name="isBuiltIn">Whether to do without Postfix and Dovecot even where they are.</param>
internal sealed class LegacyStory(Screen screen, string folder, RandomSource random, bool isBuiltIn) : IStory
{
    private const string Carol = $"carol@{OldTown.Domain}";
    private const string AlicesOld = $"alice@{OldTown.Domain}";
    private const string Nobody = $"nobody@{OldTown.Domain}";
    private const string NobodyHere = $"nobody@{GatewayProcess.Domain}";
    private const string Subject = "The bridge over the weir";

    /// <summary>Mail passes servers that look for work every second or so.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Words of the mails, which nobody on the way may keep.</summary>
    private static readonly string[] Words = [Subject, "planks are rotten", "nails and rope", "ferryman's house"];

    private readonly Telling told = new(screen);
    private readonly Person alice = new("Alice", $"alice@{GatewayProcess.Domain}", folder);
    private readonly OldTown town = new(Path.Combine(folder, "oldtown"));
    private readonly GatewayProcess gateway = new(Path.Combine(folder, "gateway"));
    private OldServers? servers;

    public int Checks => told.Checks;

    private ICorrespondentServer Server => servers!.Server;

    /// <exception cref="DemoException">A claim does not hold, or a program failed.</exception>
    public async Task TellAsync(CancellationToken cancel)
    {
        await SettleAsync(cancel);
        (string thread, string original) = await WriteAsync(cancel);
        await AnswerAsync(thread, original, cancel);
        await WriteToNobodyAsync(cancel);
        if (servers!.Dovecot is not null)
            await FetchAsync(cancel);
        await LookInsideAsync(cancel);
    }

    /// <summary>Stops what still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await alice.DisposeAsync();
        await gateway.DisposeAsync();
        if (servers is not null)
            await servers.DisposeAsync();
    }

    private async Task SettleAsync(CancellationToken cancel)
    {
        told.Step("Two worlds, and a gateway between them", "Alice has Defms and an account at the gateway; Carol has a mailbox, as people do.");
        servers = await OldServers.StartAsync(town, screen, isBuiltIn, cancel);
        foreach (string note in servers.Notes)
            told.Note(note);
        await Task.WhenAll(alice.InitAsync(cancel), gateway.InitAsync(Server.Port, cancel));
        await alice.StartDaemonAsync(cancel);
        string card = (await alice.JsonAsync(cancel, "card")).GetProperty("card").GetString()!;
        await gateway.RunAsync(cancel, "account", "add", alice.Address, card);
        if (servers.Dovecot is { } imap)
        {
            await gateway.RunAsync(cancel, "account", "add", AlicesOld, card);
            await gateway.FetchAsync("old", AlicesOld, imap.Port, "alice", Dovecot.Password, cancel);
        }
        await gateway.StartAsync(cancel);
        await Server.RouteAsync(GatewayProcess.Domain, gateway.SmtpPort, cancel);
        told.Note($"The gateway takes SMTP at port {gateway.SmtpPort}, and Alice's machine reaches it at {gateway.Url}.");
        await alice.JsonAsync(cancel, "config", "gateway", (await gateway.RunAsync(cancel, "card")).Trim());
        string accounts = await gateway.RunAsync(cancel, "account", "list");
        told.Check("the gateway has Alice's card for her address, and she has the gateway's card", accounts.Contains($"{alice.Address}\t{alice.Id}", StringComparison.Ordinal));
    }

    private async Task<(string Thread, string Original)> WriteAsync(CancellationToken cancel)
    {
        told.Step("Alice writes to Carol, who has no card", "defms send --to carol…: sealed to the gateway, and by SMTP from there.");
        const string body = "The planks are rotten on the north side.\n.And one line begins with a dot.\n";
        JsonElement sent = await alice.JsonAsync(cancel, "send", "--to", Carol, "--subject", Subject, "--body", body);
        (string thread, string message) = (sent.GetProperty("thread").GetString()!, sent.GetProperty("message").GetString()!);
        string original = MailText.Of(await alice.BytesAsync(cancel, "cat", message));
        string arrived = await ArrivedAsync("carol", mail => mail.EndsWith(original, StringComparison.Ordinal), cancel);
        told.Check("Carol's mailbox has it: octet for octet what Alice wrote, below the lines of the servers on its way", arrived.Length > original.Length);
        string zone = await gateway.RunAsync(cancel, "dns", GatewayProcess.Domain);
        told.Check($"it is signed for {GatewayProcess.Domain} (DKIM), and holds by the record of 'defms-gateway dns'", DkimLook.Holds(arrived, GatewayProcess.Domain, zone));
        told.Check("one changed letter, and the signature does not hold", !DkimLook.Holds(arrived.Replace("north side", "south side", StringComparison.Ordinal), GatewayProcess.Domain, zone));
        (string state, string reply, string privacy) = await FateAsync(thread, Carol, cancel);
        told.Check($"'defms show' has the reply of Carol's server: {reply}", state == "smtp" && reply.StartsWith("250", StringComparison.Ordinal));
        told.Check($"and says that it was not sealed all the way: {privacy}", privacy == $"left by SMTP to {Carol}");
        return (thread, original);
    }

    private async Task AnswerAsync(string thread, string original, CancellationToken cancel)
    {
        told.Step("Carol answers by mail, while Alice's machine is off", "She knows of no gateway; her server finds Alice's address as any other.");
        await WaitAsync("the gateway keeps a report", () => Task.FromResult(Evidence.CountParcels(gateway.Home) == 0), cancel);
        await alice.StopDaemonAsync(cancel);
        string answer = Mail(Carol, alice.Address, $"Re: {Subject}", "I bring nails and rope. K\u00e4thes B\u00e4ume fell.\r\n", MailText.Field(original, "Message-ID"));
        told.Check("Carol's server takes it", (await SmtpTalk.SendAsync(Server.Port, Carol, alice.Address, MailText.Octets(answer), cancel)).StartsWith("250", StringComparison.Ordinal));
        await WaitAsync("the gateway does not take the answer", () => Task.FromResult(Evidence.CountParcels(gateway.Home) == 1), cancel);
        AssertSealed("the gateway has it, and not a word of it can be read there");
        told.Check("the search itself works: it finds them in Carol's world", Evidence.FindInFiles(town.Folder, Needles()) is not null);
        await alice.StartDaemonAsync(cancel);
        await alice.JsonAsync(cancel, "sync");
        string name = await NewestAsync(thread, 2, cancel);
        string got = MailText.Of(await alice.BytesAsync(cancel, "cat", name));
        told.Check("Alice is back, and finds it in the same conversation", Evidence.Messages(alice, thread).Contains(name));
        told.Check("octet for octet what Carol wrote, umlauts and all", got.EndsWith(answer, StringComparison.Ordinal));
        await WaitAsync("the gateway keeps the answer", () => Task.FromResult(Evidence.CountParcels(gateway.Home) == 0), cancel);
        told.Check("and the gateway, which has her receipt, has let it go", Evidence.CountParcels(gateway.Home) == 0);
    }

    private async Task WriteToNobodyAsync(CancellationToken cancel)
    {
        told.Step("Addresses that nobody has", "A refusal comes back to its author, in the words of the server that refused.");
        JsonElement sent = await alice.JsonAsync(cancel, "send", "--to", Nobody, "--subject", "Hello?", "--body", "Is anybody there?");
        (string state, string reply, _) = await FateAsync(sent.GetProperty("thread").GetString()!, Nobody, cancel);
        told.Check($"Alice writes to {Nobody}, and 'defms show' says: {reply}", state == "failed" && reply.Contains("550 5.1.1", StringComparison.Ordinal));
        await SmtpTalk.SendAsync(Server.Port, Carol, NobodyHere, MailText.Octets(Mail(Carol, NobodyHere, "Hello?", "Anybody?\r\n", "")), cancel);
        string report = await ArrivedAsync("carol", mail => mail.Contains(NobodyHere, StringComparison.Ordinal) && mail.Contains("550 5.1.1", StringComparison.Ordinal), cancel);
        told.Check($"Carol writes to {NobodyHere}; the gateway refuses, and her server tells her", report.Length > 0);
    }

    private async Task FetchAsync(CancellationToken cancel)
    {
        told.Step("Alice's old address, at a provider", "[imap old] in gateway.conf: the gateway logs in there by IMAP and watches.");
        string mail = Mail(Carol, AlicesOld, "Your old address", "I only found this one, in the ferryman's house.\r\n", "");
        await SmtpTalk.SendAsync(Server.Port, Carol, AlicesOld, MailText.Octets(mail), cancel);
        string thread = await ThreadAsync("Your old address", cancel);
        string got = MailText.Of(await alice.BytesAsync(cancel, "cat", await NewestAsync(thread, 1, cancel)));
        told.Check("what came there is with Alice, octet for octet", got.EndsWith(mail, StringComparison.Ordinal));
        IReadOnlyList<(string Octets, bool IsSeen)> left = await servers!.ReadAsync("alice", cancel);
        told.Check("at the provider it lies as before, unread", left is [(var octets, false)] && octets == got);
    }

    private async Task LookInsideAsync(CancellationToken cancel)
    {
        told.Step("A look inside the gateway", "At the bytes in its folders, not at what the programs say.");
        AssertSealed("of all that passed it, both ways, it kept no word");
        told.Check("Alice's own store has them", Evidence.FindInFiles(alice, [Encoding.Latin1.GetBytes("planks are rotten")]) is not null);
        told.Check("its log names no subject and nobody's address", Words.Concat([Carol, alice.Address]).All(word => !gateway.Log.Contains(word, StringComparison.OrdinalIgnoreCase)));
        told.Check("asked to stop, it ends what it does and exits with 0", await gateway.StopAsync(cancel) == 0);
    }

    /// <summary>Neither the words nor whom they are to.</summary>
    private static IEnumerable<byte[]> Needles() => Words.Append(Carol).Select(Encoding.Latin1.GetBytes);

    private void AssertSealed(string claim)
    {
        int files = Directory.EnumerateFiles(gateway.Folder, "*", SearchOption.AllDirectories).Count();
        string? trace = Evidence.FindInFiles(gateway.Folder, Needles());
        told.Check($"{claim}: {files} files searched{(trace is null ? "" : $" (but {trace})")}", trace is null);
    }

    private string Mail(string from, string to, string subject, string body, string answered) =>
        $"From: Carol <{from}>\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Fri, 20 Nov 2026 12:00:00 +0000\r\n"
        + $"Message-ID: <{Convert.ToHexStringLower(random.Bytes(8))}@{OldTown.Domain}>\r\n"
        + (answered.Length > 0 ? $"In-Reply-To: {answered}\r\nReferences: {answered}\r\n" : "")
        + $"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}";

    /// <summary>A mail that lies in a mailbox of the town, once it does.</summary>
    private async Task<string> ArrivedAsync(string person, Func<string, bool> isIt, CancellationToken cancel)
    {
        string? found = null;
        await WaitAsync($"it does not come to the mailbox of {person}", async () => (found = (await servers!.ReadAsync(person, cancel)).Select(mail => mail.Octets).FirstOrDefault(isIt)) is not null, cancel);
        return found!;
    }

    /// <summary>What became of a mail to somebody, once that is known.</summary>
    private async Task<(string State, string Reply, string Privacy)> FateAsync(string thread, string address, CancellationToken cancel)
    {
        (string State, string Reply, string Privacy) fate = default;
        await WaitAsync($"nothing is heard of the mail to {address}", async () =>
        {
            JsonElement message = (await alice.JsonAsync(cancel, "show", thread)).GetProperty("messages")[0];
            JsonElement delivery = message.GetProperty("deliveries").EnumerateArray().First(row => row.GetProperty("address").GetString() == address);
            fate = (delivery.GetProperty("state").GetString()!, delivery.GetProperty("detail").GetString() ?? "", message.GetProperty("privacy").GetString()!);
            return fate.State is "smtp" or "failed";
        }, cancel);
        return fate;
    }

    /// <summary>The conversation about something, once Alice has it.</summary>
    private async Task<string> ThreadAsync(string subject, CancellationToken cancel)
    {
        string? found = null;
        await WaitAsync($"'{subject}' does not come to Alice", async () => (found = (await alice.JsonAsync(cancel, "threads")).EnumerateArray()
            .Where(row => row.GetProperty("subject").GetString() == subject).Select(row => row.GetProperty("thread").GetString()).FirstOrDefault()) is not null, cancel);
        return found!;
    }

    /// <summary>The newest message of a conversation, once it has so many.</summary>
    private async Task<string> NewestAsync(string thread, int count, CancellationToken cancel)
    {
        string[] names = [];
        await WaitAsync("the answer does not come to Alice", async () =>
        {
            names = [.. (await alice.JsonAsync(cancel, "show", thread)).GetProperty("messages").EnumerateArray().Select(row => row.GetProperty("message").GetString()!)];
            return names.Length == count;
        }, cancel);
        return names[^1];
    }

    private static async Task WaitAsync(string failure, Func<Task<bool>> isSo, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new DemoException($"After {Patience.TotalSeconds:0} s: {failure}.");
            await Task.Delay(Look, cancel);
        }
    }
}
