using System.Text;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Network;

namespace Defms.Cli.Demo;

/// <summary>
/// Two people, each with an IPFS node underneath: told step by step, each claim checked. A claim that does not hold ends the story.
/// </summary>
internal sealed class IpfsStory(Screen screen, string folder, RandomSource random) : IStory
{
    private const string Subject = "The map of the reef";
    private const string Body = "Low water is at seven. The soundings are attached.";
    private const int AttachmentBytes = 2 * 1024 * 1024;

    private readonly Person alice = new("Alice", "alice@reef.example", folder);
    private readonly Person bob = new("Bob", "bob@quay.example", folder);
    private IpfsNode? aliceNode;
    private IpfsNode? bobNode;

    private readonly Telling told = new(screen);

    public int Checks => told.Checks;

    /// <exception cref="DemoException">A claim does not hold, or a program failed or is missing.</exception>
    public async Task TellAsync(CancellationToken cancel)
    {
        await StartAsync(cancel);
        (string thread, string message, byte[] attachment) = await WriteAsync(cancel);
        await MoveAsync(thread, message, attachment, cancel);
        await LookAtTheNodeAsync(thread, cancel);
        await LoseAndFetchAsync(thread, message, attachment, cancel);
        await PauseTheNodeAsync(message, attachment, cancel);
        await ComeBackAsync(message, attachment, cancel);
    }

    /// <summary>Stops what still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable? running in new IAsyncDisposable?[] { alice, bob, aliceNode, bobNode })
        {
            if (running is not null)
                await running.DisposeAsync();
        }
    }

    private async Task StartAsync(CancellationToken cancel)
    {
        told.Step("Two people, two IPFS nodes", "The nodes are js-ipfs, written by others; they speak Kubo's RPC, on this machine alone.");
        string peers = await IpfsPeers.PrepareAsync("jsipfs", told.Note, cancel);
        Task<IpfsNode> first = IpfsNode.StartAsync(peers, Path.Combine(folder, "node-a"), cancel);
        Task<IpfsNode> second = IpfsNode.StartAsync(peers, Path.Combine(folder, "node-b"), cancel);
        await Task.WhenAll(alice.InitAsync(cancel), bob.InitAsync(cancel));
        await Task.WhenAll(alice.StartDaemonAsync(cancel), bob.StartDaemonAsync(cancel));
        (aliceNode, bobNode) = (await first, await second);
        using var node = new KuboNode(aliceNode.Api);
        BlockNodeDescription said = await node.DescribeAsync(cancel);
        string address = said.Addresses.First(text => text.StartsWith("/ip4/127.0.0.1/tcp/", StringComparison.Ordinal));
        await alice.JsonAsync(cancel, "config", "ipfs-address", address);
        foreach ((Person from, Person to) in new[] { (alice, bob), (bob, alice) })
            await to.JsonAsync(cancel, "contact", "add", (await from.JsonAsync(cancel, "card")).GetProperty("card").GetString()!);
        // Her commands deliver by themselves; what they report is then not a race with her daemon.
        await alice.StopDaemonAsync(cancel);
        told.Note($"Alice's node answers at {aliceNode.Api}, Bob's at {bobNode.Api}. Alice's card names hers: {address}");
        told.Check("the node tells no routing table what it keeps, by its own settings", said.Warnings.Count == 0);
    }

    private async Task<(string Thread, string Message, byte[] Attachment)> WriteAsync(CancellationToken cancel)
    {
        told.Step("Alice writes to Bob, with an attachment of 2 MiB", "As without any node: accepted means on the recipient's disk.");
        byte[] attachment = random.Bytes(AttachmentBytes);
        string path = Path.Combine(folder, "soundings.bin");
        await File.WriteAllBytesAsync(path, attachment, cancel);
        JsonElement sent = await alice.JsonAsync(cancel, "send", "--to", bob.Address, "--subject", Subject, "--body", Body, "--attach", path);
        told.Check("Bob's machine has it and gave a signed receipt", sent.GetProperty("recipients")[0].GetProperty("state").GetString() == "stored");
        return (sent.GetProperty("thread").GetString()!, sent.GetProperty("message").GetString()!, attachment);
    }

    private async Task MoveAsync(string thread, string message, byte[] attachment, CancellationToken cancel)
    {
        told.Step("Alice puts her node underneath", $"defms config ipfs {aliceNode!.Api}");
        byte[] before = await alice.BytesAsync(cancel, "cat", message);
        await alice.JsonAsync(cancel, "config", "ipfs", aliceNode.Api.ToString());
        long kept = await KeptAsync(alice, cancel);
        told.Check($"the node keeps the bytes of {kept} blocks, and her store none of them", kept > 8 && Evidence.CountMoved(alice) == kept);
        byte[] after = await alice.BytesAsync(cancel, "cat", message);
        told.Check("her mail opens byte for byte as before", before.AsSpan().SequenceEqual(after));
        told.Check("and so does the attachment", await OpensAsync(alice, message, attachment, cancel));
        told.Check("Alice and Bob have the same root for the thread", Evidence.Root(alice, thread) is { } root && Evidence.Root(bob, thread) == root);
    }

    private async Task LookAtTheNodeAsync(string thread, CancellationToken cancel)
    {
        told.Step("A look into the node", "Asked by its own RPC for every block of the thread.");
        using var node = new KuboNode(aliceNode!.Api);
        IReadOnlyList<Cid> names = Evidence.BlocksOf(alice, thread);
        byte[][] words = [.. new[] { Subject, "Low water", "soundings.bin", alice.Address, bob.Address }.Select(Encoding.UTF8.GetBytes)];
        (int here, int readable) = (0, 0);
        foreach (Cid name in names)
        {
            if (await node.FindAsync(name, cancel) is not { } block)
                continue;
            here++;
            readable += Array.Exists(words, word => block.Span.IndexOf(word) >= 0) ? 1 : 0;
        }
        told.Check($"it has all {names.Count} blocks of the thread, each matching its name", here == names.Count && here > 8);
        told.Check("it pins the root, and so everything below it", await node.IsPinnedAsync(Evidence.Root(alice, thread)!.Value, cancel));
        told.Check("it can read no word of the mail and no address", readable == 0);
    }

    private async Task LoseAndFetchAsync(string thread, string message, byte[] attachment, CancellationToken cancel)
    {
        told.Step("Bob's disk loses a part of the attachment, and no daemon of Alice answers", "Only her IPFS node runs. Bob enters his, and syncs.");
        // Only one program at a time looks for what is missing.
        await bob.StopDaemonAsync(cancel);
        Cid chunk = Evidence.LoseChunk(bob, thread);
        await bob.JsonAsync(cancel, "verify", "--repair");
        told.Check("his store knows that the chunk is missing", (await bob.JsonAsync(cancel, "status")).GetProperty("missing").GetInt32() == 1);
        await bob.JsonAsync(cancel, "config", "ipfs", bobNode!.Api.ToString());
        await bob.JsonAsync(cancel, "sync");
        JsonElement status = await bob.JsonAsync(cancel, "status");
        told.Check($"the chunk {Names.Short(chunk)} came from Alice's node by bitswap", status.GetProperty("missing").GetInt32() == 0);
        told.Check("the attachment is whole again", await OpensAsync(bob, message, attachment, cancel));
        using var node = new KuboNode(bobNode.Api);
        told.Check("Bob's node now pins the same root as Alice's", await node.IsPinnedAsync(Evidence.Root(alice, thread)!.Value, cancel));
        await bob.StartDaemonAsync(cancel);
    }

    private async Task PauseTheNodeAsync(string message, byte[] attachment, CancellationToken cancel)
    {
        told.Step("Bob's node stops answering", "What it keeps waits for it; new mail does not.");
        await bobNode!.SignalAsync("STOP", cancel);
        JsonElement sent = await alice.JsonAsync(cancel, "send", "--to", bob.Address, "--subject", "Still there?", "--body", "Ahoy.");
        told.Check("a new mail reaches Bob all the same", sent.GetProperty("recipients")[0].GetProperty("state").GetString() == "stored");
        string reason = await bob.FailureAsync(cancel, "cat", message);
        told.Check("an old one says why it does not open, and that nothing is lost", reason.Contains("The IPFS node at", StringComparison.Ordinal) && reason.Contains("nothing is lost", StringComparison.Ordinal));
        await bobNode.SignalAsync("CONT", cancel);
        told.Check("and opens when the node is back", await OpensAsync(bob, message, attachment, cancel));
    }

    private async Task ComeBackAsync(string message, byte[] attachment, CancellationToken cancel)
    {
        told.Step("Both take their blocks back", "defms config ipfs --unset");
        await bob.StopDaemonAsync(cancel);
        await Task.WhenAll(alice.JsonAsync(cancel, "config", "ipfs", "--unset"), bob.JsonAsync(cancel, "config", "ipfs", "--unset"));
        await aliceNode!.DisposeAsync();
        await bobNode!.DisposeAsync();
        told.Check("no store says that a node keeps anything", await KeptAsync(alice, cancel) + await KeptAsync(bob, cancel) == 0);
        told.Check("with the nodes stopped, mail and attachment open", await OpensAsync(alice, message, attachment, cancel) && await OpensAsync(bob, message, attachment, cancel));
        int messages = 0;
        foreach (Person person in new[] { alice, bob })
            messages += (await person.JsonAsync(cancel, "verify")).GetProperty("messages").GetInt32();
        told.Check("'defms verify' opens every message in both stores again and finds them sound", messages == 4);
    }

    /// <summary>Whether the attachment comes out of a person's store as it went in.</summary>
    private static async Task<bool> OpensAsync(Person person, string message, byte[] attachment, CancellationToken cancel)
    {
        byte[] found = await person.BytesAsync(cancel, "attachment", message, "1", "--out", "-");
        return attachment.AsSpan().SequenceEqual(found);
    }

    /// <summary>How many blocks a person's node keeps, by his status.</summary>
    private static async Task<long> KeptAsync(Person person, CancellationToken cancel) =>
        (await person.JsonAsync(cancel, "status")).TryGetProperty("ipfs", out JsonElement ipfs) ? ipfs.GetProperty("blocks").GetInt64() : 0;
}
