using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core;

namespace Defms.Cli.Demo;

/// <summary>
/// Two people whom nobody can reach and who are never online together, each with a host: told step by step, each claim checked. A claim
/// that does not hold ends the story.
/// </summary>
internal sealed class OfflineStory(Screen screen, string folder, RandomSource random) : IStory
{
    private const string Subject = "The key to the boathouse";
    private const string Body = "It hangs behind the second shutter. A picture is attached.";
    private const int AttachmentBytes = 2 * 1024 * 1024;

    private readonly Telling told = new(screen);
    private readonly Person alice = new("Alice", "alice@mill.example", folder);
    private readonly Person bob = new("Bob", "bob@river.example", folder);
    private readonly Person hera = new("Hera", "hera@hosts.example", folder);
    private readonly Person hermes = new("Hermes", "hermes@hosts.example", folder);

    public int Checks => told.Checks;

    /// <exception cref="DemoException">A claim does not hold, or a program failed.</exception>
    public async Task TellAsync(CancellationToken cancel)
    {
        await AgreeAsync(cancel);
        (string thread, string message) = await WriteAsync(cancel);
        await ReadAsync(thread, message, cancel);
        await ReturnAsync(thread, message, cancel);
        await LookInsideAsync(cancel);
    }

    /// <summary>Stops what still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Person person in new[] { alice, bob, hera, hermes })
            await person.DisposeAsync();
    }

    private async Task AgreeAsync(CancellationToken cancel)
    {
        told.Step("Two people without a daemon, and two hosts", "Alice and Bob run no server and have no address of their own; each is invited by a host.");
        await Task.WhenAll(alice.InitAsync(cancel), bob.InitAsync(cancel), hera.InitAsync(cancel), hermes.InitAsync(cancel));
        await Task.WhenAll(hera.StartDaemonAsync(cancel), hermes.StartDaemonAsync(cancel));
        await JoinAsync(alice, hera, cancel);
        await JoinAsync(bob, hermes, cancel);
        told.Note($"Hera answers at {hera.Endpoint} for Alice, Hermes at {hermes.Endpoint} for Bob.");
        foreach ((Person from, Person to) in new[] { (alice, bob), (bob, alice) })
            await to.JsonAsync(cancel, "contact", "add", (await from.JsonAsync(cancel, "card")).GetProperty("card").GetString()!);
        JsonElement card = await bob.JsonAsync(cancel, "card");
        told.Check("each card names its owner's host", card.GetProperty("endpoints").ToString().Contains(hermes.Endpoint!));
        told.Check("cards are exchanged by hand, and each binds its address to its key", Evidence.Means(alice, bob) && Evidence.Means(bob, alice));
    }

    private static async Task JoinAsync(Person person, Person host, CancellationToken cancel)
    {
        string token = (await host.JsonAsync(cancel, "host", "invite")).GetProperty("token").GetString()!;
        await person.JsonAsync(cancel, "host", "add", host.Endpoint!, "--token", token);
    }

    private async Task<(string Thread, string Message)> WriteAsync(CancellationToken cancel)
    {
        told.Step("Alice is online, Bob is not", "defms send --to bob… --attach boathouse.bin: it goes to Bob's host.");
        byte[] attachment = random.Bytes(AttachmentBytes);
        string path = Path.Combine(folder, "boathouse.bin");
        await File.WriteAllBytesAsync(path, attachment, cancel);
        JsonElement sent = await alice.JsonAsync(cancel, "send", "--to", bob.Address, "--subject", Subject, "--body", Body, "--attach", path);
        (string thread, string message) = (sent.GetProperty("thread").GetString()!, sent.GetProperty("message").GetString()!);
        told.Check("Alice's sentbox says that a host of Bob's holds it, by a signed receipt", await StateAsync(alice, bob, thread, message, cancel) == "held");
        JsonElement served = (await hermes.JsonAsync(cancel, "host", "serve", "list"))[0];
        told.Check("Bob's host holds it for Bob", served.GetProperty("id").GetString() == bob.Id && served.GetProperty("used").GetInt64() > AttachmentBytes && Evidence.CountHeld(hermes, bob, alice) == 1);
        told.Check("Bob himself has nothing yet", Evidence.Root(bob, thread) is null);
        return (thread, message);
    }

    private async Task ReadAsync(string thread, string message, CancellationToken cancel)
    {
        told.Step("Alice is gone, Bob comes", "defms sync; defms reply");
        await bob.JsonAsync(cancel, "sync");
        byte[] original = await alice.BytesAsync(cancel, "cat", message);
        told.Check("what Bob has is byte for byte what Alice wrote", Same(original, await bob.BytesAsync(cancel, "cat", message)));
        byte[] attachment = await File.ReadAllBytesAsync(Path.Combine(folder, "boathouse.bin"), cancel);
        told.Check("the attachment comes out as it went in", Same(attachment, await bob.BytesAsync(cancel, "attachment", message, "1", "--out", "-")));
        JsonElement answer = await bob.JsonAsync(cancel, "reply", thread, "--body", "Found it. The boat is fine.");
        string reply = answer.GetProperty("message").GetString()!;
        told.Check("Bob's answer, and his receipt, wait at Alice's host", await StateAsync(bob, alice, thread, reply, cancel) == "held");
        told.Check("Alice, who is away, knows nothing of that yet", await StateAsync(alice, bob, thread, message, cancel) == "held");
    }

    private async Task ReturnAsync(string thread, string message, CancellationToken cancel)
    {
        told.Step("Bob is gone, Alice comes back", "defms sync; and later Bob once more");
        await alice.JsonAsync(cancel, "sync");
        told.Check("Alice has the receipt: stored by Bob", await StateAsync(alice, bob, thread, message, cancel) == "stored");
        told.Check("both hold the same two messages under one root", Evidence.Messages(alice, thread).Count == 2 && Evidence.Root(alice, thread) is { } root && Evidence.Root(bob, thread) == root);
        await bob.JsonAsync(cancel, "sync");
        string reply = Evidence.Messages(bob, thread).Single(name => name != message);
        told.Check("and Bob has hers", await StateAsync(bob, alice, thread, reply, cancel) == "stored");
    }

    private async Task LookInsideAsync(CancellationToken cancel)
    {
        told.Step("A look inside the hosts", "At the bytes in their folders, not at what the programs say.");
        string[] words = [Subject, "second shutter", "The boat is fine", "boathouse.bin", alice.Address, bob.Address];
        List<byte[]> needles = [.. words.Select(System.Text.Encoding.UTF8.GetBytes)];
        bool isBlind = new[] { hera, hermes }.All(host => Evidence.FindInFiles(host, needles) is null);
        told.Check("no word of the mail, no name of a file, and no subject was ever on a host", isBlind);
        told.Check("the search itself works: it finds them with Alice", Evidence.FindInFiles(alice, needles) is not null);
        await alice.JsonAsync(cancel, "sync");
        await bob.JsonAsync(cancel, "sync");
        told.Check("once Bob has all that Alice left at his host, nothing of it is there", Evidence.CountHeld(hermes, bob, alice) == 0);
        told.Note("What stays are his own records, sealed to himself: from them alone he would have his contacts back.");
    }

    private static bool Same(byte[] left, byte[] right) => left.AsSpan().SequenceEqual(right);

    private static async Task<string?> StateAsync(Person sender, Person recipient, string thread, string message, CancellationToken cancel)
    {
        JsonElement shown = await sender.JsonAsync(cancel, "show", thread);
        return shown.GetProperty("messages").EnumerateArray().First(row => row.GetProperty("message").GetString() == message)
            .GetProperty("deliveries").EnumerateArray().First(row => row.GetProperty("address").GetString() == recipient.Address)
            .GetProperty("state").GetString();
    }
}
