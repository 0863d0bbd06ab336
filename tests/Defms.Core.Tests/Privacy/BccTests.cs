using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Tests.Convergence;

namespace Defms.Core.Tests.Privacy;

/// <summary>The same mail by the same people with the same chance, once to Bob alone and once with Carol reading blindly: what is different for Bob.</summary>
public sealed class BccTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_blind_reader_leaves_no_byte_with_the_others(bool isLarge)
    {
        using Trio without = new(), with = new();
        Posted plain = await SendAsync(without, isLarge, []);
        Posted blind = await SendAsync(with, isLarge, [with.Carol.Place.Address]);

        Assert.Equal((plain.Thread, plain.Message), (blind.Thread, blind.Message));
        Assert.Equal(BlocksOf(without.Bob), BlocksOf(with.Bob));
        Assert.Equal(RowsOf(without.Bob), RowsOf(with.Bob));
        Assert.Equal(WireTo(without, without.Bob), WireTo(with, with.Bob));
    }

    [Fact]
    public async Task Nothing_that_the_others_hold_or_are_sent_names_a_blind_reader_or_his_thread()
    {
        using var trio = new Trio();
        Posted posted = await SendAsync(trio, isLarge: true, [trio.Carol.Place.Address]);
        Machine bob = trio.Bob;
        ThreadRow hers = ThreadsOf(trio.Carol).Single();
        AnswerPlan plan = new Answering(bob.Store, bob.Did).Plan(posted.Thread, toAll: true);
        new Posting(bob.Store, bob.Identity, bob.Time, bob.Random).Post(Pen.Answer(bob, plan));
        await bob.Replicator.SyncAsync(new SyncOptions { Full = true }, CancellationToken.None);
        await trio.Alice.Replicator.SyncAsync(new SyncOptions { Full = true }, CancellationToken.None);
        byte[][] traces = [trio.Carol.Did.Bytes.ToArray(), Encoding.UTF8.GetBytes("carol"), Encoding.UTF8.GetBytes(trio.Carol.Did.ToString()), hers.Key, .. BlocksOf(trio.Carol).Select(row => row.Name.Bytes.ToArray())];

        Assert.Empty(Found(traces, trio.DiskOf(bob)));
        Assert.Empty(Found(traces, [.. trio.Network.Overheard.Where(heard => heard.To == bob.Url).SelectMany(heard => heard.Packet.Body)]));
        // The search finds what is there: with Carol all of it but her identity as text.
        Assert.Equal(traces.Length - 1, Found(traces, trio.DiskOf(trio.Carol)).Count);
    }

    private static async Task<Posted> SendAsync(Trio trio, bool isLarge, string[] bcc)
    {
        Machine alice = trio.Alice;
        Letter letter = Pen.Compose(alice, "Plan", [trio.Bob.Place.Address], bcc, isLarge);
        Posted posted = new Posting(alice.Store, alice.Identity, alice.Time, alice.Random).Post(letter);
        await alice.Replicator.DeliverAsync(all: true, CancellationToken.None);
        Assert.NotEmpty(ThreadsOf(trio.Bob));
        Assert.Equal(bcc.Length, ThreadsOf(trio.Carol).Count);
        return posted;
    }

    private static List<ThreadRow> ThreadsOf(Machine machine) => machine.Store.Read(tables => tables.Threads.WithParty(machine.Did).ToList());

    private static List<(Cid Name, int Size)> BlocksOf(Machine machine) =>
        machine.Store.Read(tables => tables.Blocks.List().Order().Select(cid => (cid, tables.Blocks.Find(cid)!.Data.Length)).ToList());

    /// <summary>What the index says of all that he has.</summary>
    private static List<string> RowsOf(Machine machine) => machine.Store.Read(tables => tables.Threads.WithParty(machine.Did)
        .SelectMany(thread => tables.Messages.InThread(thread.Id).Select(row => $"{thread.Root} {thread.Count} {row.Cid} {row.Date} {row.From} {row.To} {row.Cc} {row.Flags}"))
        .Concat(tables.Contacts.List().Select(row => $"{row.Card} {row.State}")).ToList());

    /// <summary>Requests and their lengths: chance and time are other bytes each time, but no more of them.</summary>
    private static List<(Request Request, int Length)> WireTo(Trio trio, Machine machine) =>
        [.. trio.Network.Overheard.Where(heard => heard.To == machine.Url).Select(heard => (heard.Packet.Request, heard.Packet.Body.Length))];

    private static List<string> Found(byte[][] traces, byte[] bytes) => [.. traces.Where(trace => bytes.AsSpan().IndexOf(trace) >= 0).Select(Convert.ToHexString)];
}
