using System.Text;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Identities;

namespace Defms.Cli.Demo;

/// <summary>
/// Two people, two daemons, one conversation, and a blind reader: told step by step, each claim checked. A claim that does not hold
/// ends the story.
/// </summary>
internal sealed class Story(Screen screen, string folder, RandomSource random) : IStory
{
    private const string Subject = "Plans for the old mill";
    private const string Body = "The wheel turns again on Sunday. Plans are attached; please keep them between us.";
    private const int AttachmentBytes = 3 * 1024 * 1024;

    private readonly Telling told = new(screen);
    private readonly Person alice = new("Alice", "alice@mill.example", folder);
    private readonly Person bob = new("Bob", "bob@river.example", folder);
    private readonly Person carol = new("Carol", "carol@hill.example", folder);

    /// <summary>How many claims were checked and hold.</summary>
    public int Checks => told.Checks;

    /// <exception cref="DemoException">A claim does not hold, or a program failed.</exception>
    public async Task TellAsync(CancellationToken cancel)
    {
        await MeetAsync(cancel);
        (string thread, string message) = await WriteAsync(cancel);
        await AnswerWhileAwayAsync(thread, cancel);
        await WriteAtOnceAsync(thread, cancel);
        await LookInsideAsync(thread, message, cancel);
    }

    /// <summary>Stops what still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Person person in new[] { alice, bob, carol })
            await person.DisposeAsync();
    }

    private async Task MeetAsync(CancellationToken cancel)
    {
        Step("Three people make themselves known", "Each 'defms init' makes a key that never leaves its folder; a card is what others get.");
        await Task.WhenAll(alice.InitAsync(cancel), bob.InitAsync(cancel), carol.InitAsync(cancel));
        await Task.WhenAll(alice.StartDaemonAsync(cancel), bob.StartDaemonAsync(cancel));
        Note($"Alice's machine answers at {alice.Endpoint}, Bob's at {bob.Endpoint}; Carol has none and asks.");
        foreach ((Person from, Person to) in new[] { (alice, bob), (bob, alice), (alice, carol), (carol, alice) })
            await to.JsonAsync(cancel, "contact", "add", (await from.JsonAsync(cancel, "card")).GetProperty("card").GetString()!);
        Check("cards are exchanged by hand, and each binds its address to its key", Evidence.Means(alice, bob) && Evidence.Means(alice, carol) && Evidence.Means(bob, alice) && !Evidence.Means(bob, carol));
    }

    private async Task<(string Thread, string Message)> WriteAsync(CancellationToken cancel)
    {
        Step("Alice writes to Bob, with an attachment of 3 MiB and a blind copy to Carol", "defms send --to bob… --bcc carol… --attach mill.bin");
        byte[] attachment = random.Bytes(AttachmentBytes);
        string path = Path.Combine(folder, "mill.bin");
        await File.WriteAllBytesAsync(path, attachment, cancel);
        JsonElement sent = await alice.JsonAsync(
            cancel, "send", "--to", bob.Address, "--bcc", carol.Address, "--subject", Subject, "--body", Body, "--attach", path);
        string thread = sent.GetProperty("thread").GetString()!;
        string message = sent.GetProperty("message").GetString()!;
        Check("Bob's machine has it and gave a signed receipt", StateOf(sent, bob) == "stored");
        byte[] original = await alice.BytesAsync(cancel, "cat", message);
        Check("what Bob holds is byte for byte what Alice wrote", Same(original, await bob.BytesAsync(cancel, "cat", message)));
        Check("the attachment comes out as it went in", Same(attachment, await bob.BytesAsync(cancel, "attachment", message, "1", "--out", "-")));
        Check("Alice and Bob have the same root for the thread", SameRoot(thread));
        await carol.JsonAsync(cancel, "sync");
        JsonElement hers = (await carol.JsonAsync(cancel, "threads"))[0];
        string blind = hers.GetProperty("thread").GetString()!;
        byte[] carols = await carol.BytesAsync(cancel, "cat", Evidence.Messages(carol, blind)[0]);
        Check("Carol asked and has the same octets, in a thread with Alice alone", blind != thread && Same(original, carols));
        return (thread, message);
    }

    private async Task AnswerWhileAwayAsync(string thread, CancellationToken cancel)
    {
        Step("Bob answers while Alice's machine is down", "It waits in his outbox and goes when she is back.");
        await alice.StopDaemonAsync(cancel);
        JsonElement answer = await bob.JsonAsync(cancel, "reply", thread, "--body", "I will bring the grease.");
        Check("the answer is queued and nothing is lost", StateOf(answer, alice) == "queued" && !SameRoot(thread));
        await alice.StartDaemonAsync(cancel);
        await bob.JsonAsync(cancel, "sync");
        Check("after the next sync both have the same root again", SameRoot(thread) && Evidence.Messages(alice, thread).Count == 2);
    }

    private async Task WriteAtOnceAsync(string thread, CancellationToken cancel)
    {
        Step("Both write at the same moment", "There is no server to put them in order, and none is needed: a thread is a set.");
        await Task.WhenAll(
            alice.JsonAsync(cancel, "reply", thread, "--body", "Bring a lamp too."),
            bob.JsonAsync(cancel, "reply", thread, "--body", "Is there a ladder?"));
        await Task.WhenAll(alice.JsonAsync(cancel, "sync"), bob.JsonAsync(cancel, "sync"));
        Check("both hold the same four messages", Evidence.Messages(alice, thread).Count == 4 && Evidence.Messages(alice, thread).SequenceEqual(Evidence.Messages(bob, thread)));
        Check($"under one root, {Short(Evidence.Root(alice, thread))}", SameRoot(thread));
    }

    private async Task LookInsideAsync(string thread, string message, CancellationToken cancel)
    {
        Step("A look inside", "At the bytes in the folders, not at what the programs say.");
        byte[] carolsKey = Did.TryParse(carol.Id, out Did did) ? did.Bytes.ToArray() : throw new DemoException($"{carol.Id} is no identity.");
        List<byte[]> traces = [carolsKey, .. new[] { carol.Name, carol.Address, carol.Id }.Select(Encoding.UTF8.GetBytes)];
        string? trace = Evidence.FindInFiles(bob, traces);
        Check($"nothing that Bob holds knows of Carol{(trace is null ? "" : $" (but {trace})")}", trace is null);
        Check("the search itself works: Alice's own folder does know her", Evidence.FindInFiles(alice, traces) is not null);
        (int blocks, int hits) = (0, 0);
        foreach (Person person in new[] { alice, bob, carol })
        {
            (int held, int found) = Evidence.SearchBlocks(person, [Subject, "wheel turns", "mill.bin", "grease", alice.Address, bob.Address]);
            blocks += held;
            hits += found;
        }
        Check($"none of the {blocks} blocks in three stores holds a word of the mail or an address", blocks > 0 && hits == 0);
        JsonElement shown = await alice.JsonAsync(cancel, "show", thread);
        JsonElement first = shown.GetProperty("messages").EnumerateArray().First(row => row.GetProperty("message").GetString() == message);
        var states = first.GetProperty("deliveries").EnumerateArray().ToDictionary(row => row.GetProperty("address").GetString()!, row => row.GetProperty("state").GetString());
        Check("Alice's sentbox shows the receipts of both readers", states.GetValueOrDefault(bob.Address) == "stored" && states.GetValueOrDefault(carol.Address) == "stored");
        int checkedMessages = 0;
        foreach (Person person in new[] { alice, bob, carol })
            checkedMessages += (await person.JsonAsync(cancel, "verify")).GetProperty("messages").GetInt32();
        // Four with Alice and her blind copy, four with Bob, one with Carol.
        Check("'defms verify' opens every message in the three stores again and finds them sound", checkedMessages == 10);
    }

    private bool SameRoot(string thread) => Evidence.Root(alice, thread) is { } root && Evidence.Root(bob, thread) == root;

    private static bool Same(byte[] left, byte[] right) => left.AsSpan().SequenceEqual(right);

    private static string Short(Cid? cid) => cid is { } name ? name.ToString()[Cid.ConstantPrefixLength..][..8] : "none";

    private static string? StateOf(JsonElement sent, Person recipient) => sent.GetProperty("recipients").EnumerateArray()
        .First(row => row.GetProperty("address").GetString() == recipient.Address).GetProperty("state").GetString();

    private void Step(string title, string detail) => told.Step(title, detail);

    private void Note(string text) => told.Note(text);

    private void Check(string claim, bool holds) => told.Check(claim, holds);
}
