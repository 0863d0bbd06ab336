using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Tests.Mailboxes;
using Defms.Core.Tests.Replication;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Rot;

/// <summary>Bits that turn on the disk: found, served to nobody, and mended by what another has.</summary>
public sealed class RotTests : IDisposable
{
    private readonly MemoryNetwork network = new();
    private readonly SeededRandomSource random = new(TestSeed.First);
    private readonly Someone alice;
    private readonly Someone bob;

    public RotTests()
    {
        alice = new Someone("Alice", network);
        bob = new Someone("Bob", network);
        alice.Know(bob);
        bob.Know(alice);
    }

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
    }

    [Fact]
    public async Task A_thousand_flipped_blocks_are_all_found_none_is_served_and_a_party_mends_them_all()
    {
        const int flips = 1000, threads = 340;
        byte[] attachment = random.Bytes(3_000_000);
        for (int i = 0; i < threads; i++)
            alice.Send($"Mail {i}", [bob], attachment: i == 0 ? attachment : null);
        await alice.DeliverAsync();
        IReadOnlyList<string> before = IndexDump.Of(bob.Store);
        List<Block> blocks = AllOf(bob);
        Assert.InRange(blocks.Count, flips, 2 * flips);
        List<Block> flipped = [.. Shuffled(blocks).Take(flips)];
        bob.Restart(path => Flip(path, flipped));

        VerificationReport found = Verify(bob, repair: false);
        Assert.Equal(flips, flipped.Count(block => found.Faults.Any(fault => fault.Contains(block.Cid.ToString(), StringComparison.Ordinal))));
        await NoneIsServedAsync(flipped);

        Verify(bob, repair: true);
        Assert.Empty((await bob.SyncAsync()).Failed);
        Assert.All(flipped, block => Assert.Equal(block.Span, bob.Store.Read(tables => tables.Blocks.Find(block.Cid))!.Span));
        Assert.Empty(Verify(bob, repair: false).Faults);
        Assert.Equal(before, IndexDump.Of(bob.Store));
    }

    [Fact]
    public async Task Every_block_of_a_thread_is_mended_by_a_party_whichever_of_them_rots_together()
    {
        Posted sent = alice.Send("All of it", [bob], attachment: random.Bytes(600_000));
        await alice.DeliverAsync();
        List<Block> blocks = AllOf(bob);
        IReadOnlyList<string> before = IndexDump.Of(bob.Store);
        bob.Restart(path => BitRot.InRows(path, blocks, random));
        Assert.All(blocks, block => Assert.Null(bob.Store.Read(tables => tables.Blocks.Find(block.Cid))));
        Assert.False(Verify(bob, repair: true).IsSound);
        Assert.Empty((await bob.SyncAsync()).Failed);
        Assert.Empty(Verify(bob, repair: false).Faults);
        Assert.Equal(alice.Mailbox.Octets(sent.Message), bob.Mailbox.Octets(sent.Message));
        Assert.Equal(before, IndexDump.Of(bob.Store));
    }

    [Fact]
    public async Task A_first_block_that_rotted_is_mended_by_the_next_announcement_too()
    {
        Posted sent = alice.Send("Hello", [bob]);
        await alice.DeliverAsync();
        Cid first = sent.Thread;
        bob.Restart(path => BitRot.InRows(path, AllOf(alice).Where(block => block.Cid == first), random));
        Assert.False(Verify(bob, repair: true).IsSound);
        Posted reply = alice.Reply(sent.Thread, "and more");
        await alice.DeliverAsync();
        Assert.Equal(DeliveryState.Stored, alice.StateOf(reply.Message, bob));
        Assert.True(Verify(bob, repair: false).IsSound);
        Assert.Equal(2, bob.Mailbox.Show(sent.Thread).Messages.Count);
    }

    [Fact]
    public async Task What_neither_side_has_any_more_keeps_no_new_mail_from_being_stored()
    {
        Posted sent = alice.Send("Hello", [bob]);
        alice.Reply(sent.Thread, "once more");
        await alice.DeliverAsync();
        Block lost = alice.Store.Read(tables => tables.Blocks.Find(sent.Message))!;
        bob.Restart(path => BitRot.InRows(path, [lost], random));
        alice.Restart(path => BitRot.InRows(path, [lost], random));
        Assert.False(Verify(bob, repair: true).IsSound);
        Posted reply = bob.Send("Other", [alice]);
        Posted second = alice.Reply(sent.Thread, "goes on");
        Assert.Empty((await alice.DeliverAsync()).Failed);
        Assert.Empty((await bob.DeliverAsync()).Failed);
        Assert.Equal(DeliveryState.Stored, alice.StateOf(second.Message, bob));
        Assert.Equal(DeliveryState.Stored, bob.StateOf(reply.Message, alice));
        Assert.Contains(Verify(bob, repair: false).Faults, fault => fault.Contains(lost.Cid.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_thread_that_cannot_be_opened_keeps_no_other_from_syncing()
    {
        Posted broken = alice.Send("Broken", [bob]);
        await alice.DeliverAsync();
        bob.Restart(path => BitRot.InRows(path, AllOf(alice).Where(block => block.Cid == broken.Thread), random));
        Posted whole = alice.Send("Whole", [bob]);
        Assert.Empty((await bob.SyncAsync(full: true)).Failed);
        Assert.Equal(alice.RootOf(whole.Thread), bob.RootOf(whole.Thread));
    }

    [Fact]
    public async Task An_announcement_that_rotted_while_it_waited_is_made_anew_and_keeps_no_other_waiting()
    {
        network.Cut(bob);
        Posted first = alice.Send("Waits", [bob]);
        await alice.DeliverAsync();
        alice.Restart(path => BitRot.InOutgoing(path, OutgoingKind.Announcement));
        Posted second = alice.Send("Waits behind it", [bob]);
        network.Restore(bob);
        Assert.Empty((await alice.DeliverAsync()).Failed);
        Assert.Equal(DeliveryState.Stored, alice.StateOf(first.Message, bob));
        Assert.Equal(DeliveryState.Stored, alice.StateOf(second.Message, bob));
    }

    [Fact]
    public async Task A_receipt_that_rotted_while_it_waited_keeps_nothing_else_waiting()
    {
        bob.Store.Write(tables => tables.Outgoing.Add(new OutgoingRow(0, OutgoingKind.Receipt, random.Bytes(16), alice.Did, null, random.Bytes(200), 0, 0, null), []));
        Posted back = bob.Send("Back", [alice]);
        Assert.Empty((await bob.DeliverAsync()).Failed);
        Assert.Equal(DeliveryState.Stored, bob.StateOf(back.Message, alice));
        Assert.Equal(0, bob.Store.Read(tables => tables.Outgoing.Count()));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task A_key_in_which_bits_turned_is_put_right_by_the_first_block_and_keeps_nobody_from_syncing(int bits, bool isMended)
    {
        Posted sent = alice.Send("Hello", [bob]);
        await alice.DeliverAsync();
        byte[] octets = bob.Mailbox.Octets(sent.Message);
        bob.Restart(path => BitRot.InKey(path, sent.Thread, bits));
        Assert.Contains(Verify(bob, repair: false).Faults, fault => fault.Contains("key", StringComparison.Ordinal));
        Assert.Equal(isMended, Verify(bob, repair: true).IsSound);
        Posted whole = alice.Send("Whole", [bob]);
        Assert.Empty((await bob.SyncAsync(full: true)).Failed);
        Assert.Equal(alice.RootOf(whole.Thread), bob.RootOf(whole.Thread));
        if (isMended)
            Assert.Equal(octets, bob.Mailbox.Octets(sent.Message));
        else
            Assert.Throws<MailboxException>(() => bob.Mailbox.Octets(sent.Message));
    }

    /// <summary>By want list, as octets, in an export: right bytes or a refusal.</summary>
    private async Task NoneIsServedAsync(List<Block> flipped)
    {
        HashSet<Cid> rotten = [.. flipped.Select(block => block.Cid)];
        Assert.All(rotten, cid => Assert.Null(bob.Store.Read(tables => tables.Blocks.Find(cid))));
        foreach (ThreadRow thread in alice.Store.Read(tables => tables.Threads.All().ToList()))
        {
            var wants = new WantList(thread.Thread, [.. rotten.Take(WantList.MaxBlocks)]);
            Assert.Empty(new BlockDesk(bob.Store, bob.Identity).Answer(alice.Identity.Certificate, wants));
        }
        Dictionary<Cid, byte[]> right = alice.Store.Read(tables => tables.Threads.All().SelectMany(row => tables.Messages.Names(row.Id)).ToList())
            .ToDictionary(cid => cid, alice.Mailbox.Octets);
        Assert.All(right, mail => Assert.True(OctetsAt(bob, mail.Key) is not { } octets || octets.AsSpan().SequenceEqual(mail.Value)));
        var written = new Dictionary<Cid, byte[]>();
        var export = new MailFilesExport(bob.Store);
        await Task.Run(() => Record.Exception(() => export.Run(export.AllConversations(), mail => written[mail.Row.Cid] = mail.Octets, (_, _) => { }, CancellationToken.None)));
        Assert.All(written, mail => Assert.Equal(right[mail.Key], mail.Value));
    }

    private static byte[]? OctetsAt(Someone person, Cid message)
    {
        try
        {
            return person.Mailbox.Octets(message);
        }
        catch (MailboxException)
        {
            return null;
        }
    }

    /// <summary>Half on the disk as far as they lie there in one piece, the rest in their rows.</summary>
    private void Flip(string path, List<Block> blocks)
    {
        int half = blocks.Count / 2;
        IReadOnlyList<Block> left = BitRot.InFile(path, blocks.Take(half), random);
        Assert.True(left.Count < half / 4, $"{left.Count} of {half} blocks were not found in the file.");
        BitRot.InRows(path, blocks.Skip(half).Concat(left), random);
    }

    private IEnumerable<Block> Shuffled(List<Block> blocks) => blocks.OrderBy(block => block.Cid).Select(block => (random.Below(int.MaxValue), block))
        .OrderBy(pair => pair.Item1).Select(pair => pair.block);

    private static List<Block> AllOf(Someone person) =>
        person.Store.Read(tables => tables.Blocks.List().ToList().Select(cid => tables.Blocks.Find(cid)!).ToList());

    private static VerificationReport Verify(Someone person, bool repair) =>
        new Verification(person.Store, person.Did).Run(repair, (_, _) => { }, TestContext.Current.CancellationToken);
}
