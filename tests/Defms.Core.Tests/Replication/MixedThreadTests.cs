using System.Text;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Replication;

/// <summary>A conversation of Alice and Bob, who have Defms, with Carol, who has not; each with a gateway of his own.</summary>
public sealed class MixedThreadTests : IDisposable
{
    private const string Carol = "carol@old.example";

    private readonly MemoryNetwork network = new();
    private readonly Someone alice;
    private readonly Someone bob;
    private readonly Relay hers;
    private readonly Relay his;

    public MixedThreadTests()
    {
        alice = new Someone("Alice", network);
        bob = new Someone("Bob", network);
        hers = new Relay(network, "Hers");
        his = new Relay(network, "His");
        hers.Serve(alice);
        his.Serve(bob);
        alice.Know(bob);
        bob.Know(alice);
    }

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
        hers.Dispose();
        his.Dispose();
    }

    [Fact]
    public async Task A_legacy_reply_is_filed_by_each_for_himself_and_shown_in_the_one_conversation()
    {
        Posted sent = alice.Write("plan", [bob.Address, Carol]);
        await alice.DeliverAsync();
        string id = IdOf(alice, sent);
        string reply = $"From: Carol <{Carol}>\r\nTo: alice@alice.example, bob@bob.example\r\nSubject: Re: plan\r\nMessage-ID: <r1@old.example>\r\nIn-Reply-To: <{id}>\r\nReferences: <{id}>\r\n\r\nFine.\r\n";
        await hers.BringAsync(alice, "Received: by hers\r\n" + reply);
        await his.BringAsync(bob, "Received: by his\r\n" + reply);
        await hers.DeliverAsync();
        await his.DeliverAsync();
        foreach (Someone person in new[] { alice, bob })
        {
            ShownConversation shown = person.Mailbox.Show(sent.Thread);
            Assert.Equal(["plan", "Re: plan"], shown.Messages.Select(message => message.Row.Subject));
            Assert.Equal(2, shown.Branches.Count);
            Assert.True(shown.Messages[1].IsFiled);
            Assert.Equal(1, person.CountOf(sent.Thread));
        }
        Assert.Equal(alice.RootOf(sent.Thread), bob.RootOf(sent.Thread));
    }

    [Fact]
    public async Task An_answer_to_all_reaches_both_worlds_from_either_side()
    {
        Posted sent = alice.Write("plan", [bob.Address, Carol]);
        await alice.DeliverAsync();
        // Bob answers in the native thread; Carol is in To and has no identity, so she is reached by his gateway.
        Posted answer = bob.Reply(sent.Thread, "I can", toAll: true);
        await bob.DeliverAsync();
        Assert.Equal(sent.Thread, answer.Thread);
        Assert.Equal(alice.RootOf(sent.Thread), bob.RootOf(sent.Thread));
        OpenedSubmission left = Assert.Single(his.Waiting());
        Assert.Equal([Carol], left.Submission.To);
        Assert.Equal(bob.Address, left.Submission.From);
        // What Carol gets threads with what she had from Alice.
        Assert.Contains(IdOf(alice, sent), MailMessage.Parse(left.Submission.Octets).References);
    }

    [Fact]
    public async Task A_private_legacy_reply_is_answered_privately_and_stays_out_of_the_common_thread()
    {
        Posted sent = alice.Write("plan", [bob.Address, Carol]);
        await alice.DeliverAsync();
        string id = IdOf(alice, sent);
        await hers.BringAsync(alice, $"From: {Carol}\r\nTo: alice@alice.example\r\nSubject: Re: plan\r\nMessage-ID: <r1@old.example>\r\nReferences: <{id}>\r\n\r\nBetween us.\r\n");
        await hers.DeliverAsync();
        ShownMessage reply = alice.Mails().Single(row => row.Message.IsFiled).Message;
        Posted answer = alice.Reply(reply.Thread, "Sure");
        await alice.DeliverAsync();
        Assert.Equal(reply.Thread, answer.Thread);
        Assert.Equal(1, bob.CountOf(sent.Thread));
        Assert.Single(bob.Mails());
        Assert.Equal(3, alice.Mailbox.Show(sent.Thread).Messages.Count);
    }

    [Fact]
    public async Task Mail_sent_to_the_old_world_and_its_answers_lie_in_one_filed_thread()
    {
        Posted sent = alice.Write("hello", [Carol]);
        await alice.DeliverAsync();
        string id = IdOf(alice, sent);
        await hers.BringAsync(alice, $"From: {Carol}\r\nTo: alice@alice.example\r\nSubject: Re: hello\r\nMessage-ID: <r1@old.example>\r\nReferences: <{id}>\r\n\r\nHello.\r\n");
        // The account's own copy of what Alice sent, byte for byte.
        await hers.BringAsync(alice, alice.Mailbox.Octets(sent.Message), isSent: true);
        await hers.DeliverAsync();
        Assert.Equal(2, alice.CountOf(sent.Thread));
        Assert.Equal([true, false], alice.Mailbox.Show(sent.Thread).Messages.Select(message => message.Row.Flags.HasFlag(MessageFlags.Own)));
    }

    [Fact]
    public async Task A_card_that_the_senders_domain_vouches_for_makes_the_next_mail_native()
    {
        using var dora = new Someone("Dora", network);
        await BringCardAsync(dora, dora.Card);
        ContactRow contact = alice.Store.Read(tables => tables.Contacts.Find(dora.Did))!;
        Assert.Equal((ContactState.Accepted, false, 0), (contact.State, contact.IsVerified, contact.EnteredEndpoints.Count));
        Posted sent = alice.Write("natively", [dora.Address]);
        Assert.False(alice.Store.Read(tables => tables.Threads.Find(sent.Thread)!.IsFiled));
        dora.Know(alice);
        await alice.DeliverAsync();
        Assert.Equal(DeliveryState.Stored, alice.StateOf(sent.Message, dora));
        Assert.Empty(hers.Waiting());
    }

    [Theory]
    [InlineData("not covered")]
    [InlineData("dkim failed")]
    [InlineData("added above")]
    [InlineData("added below")]
    [InlineData("two From fields")]
    [InlineData("two authors")]
    [InlineData("card of another address")]
    public async Task Any_other_card_is_an_offer_and_binds_nothing(string how)
    {
        using var dora = new Someone("Dora", network);
        using var mallory = new Someone("Mallory", network);
        string field = $"Defms-Card: {dora.Card}\r\n", from = $"From: {dora.Address}\r\n";
        string header = how switch
        {
            "added above" => $"Defms-Card: {mallory.Card}\r\n{field}{from}",
            "added below" => $"{field}{from}Defms-Card: {mallory.Card}\r\n",
            "two From fields" => $"From: {mallory.Address}\r\n{field}{from}",
            "two authors" => $"{field}From: {dora.Address}, {mallory.Address}\r\n",
            "card of another address" => $"{field}From: {mallory.Address}\r\n",
            _ => field + from,
        };
        await hers.BringAsync(alice, $"{header}To: alice@alice.example\r\nSubject: hi\r\n\r\nhi\r\n", coversCard: how != "not covered", dkim: how == "dkim failed" ? "fail" : "pass");
        await hers.DeliverAsync();
        Assert.Single(alice.Mails());
        Assert.All(new[] { dora, mallory }, person => Assert.Null(BoundTo(person.Address)));
        Assert.DoesNotContain(alice.Store.Read(tables => tables.Contacts.List()), row => row.State == ContactState.Accepted && (row.Identity == dora.Did || row.Identity == mallory.Did));
        // An offer that 'contact accept' takes.
        Did offered = how == "added above" ? mallory.Did : dora.Did;
        Assert.Equal(ContactState.Stranger, alice.Store.Read(tables => tables.Contacts.Find(offered))!.State);
    }

    [Fact]
    public async Task A_binding_is_never_replaced_by_a_card_in_mail()
    {
        using var dora = new Someone("Dora", network);
        using var thief = new Someone("Thief", network);
        thief.SetProfile(profile => profile with { Addresses = [dora.Address] });
        alice.Know(dora);
        await BringCardAsync(dora, thief.Card);
        Assert.Equal(dora.Did, BoundTo(dora.Address));
        Assert.Equal(ContactState.Stranger, alice.Store.Read(tables => tables.Contacts.Find(thief.Did))!.State);
    }

    [Fact]
    public async Task A_replayed_older_card_takes_nothing_back_and_somebody_blocked_stays_so()
    {
        using var dora = new Someone("Dora", network);
        Card old = dora.Card;
        dora.SetProfile(profile => profile with { Name = "Dora Example" });
        await BringCardAsync(dora, dora.Card);
        await BringCardAsync(dora, old);
        Assert.Equal("Dora Example", alice.Store.Read(tables => tables.Contacts.Find(dora.Did))!.Card.Name);
        alice.Store.Write(tables => new ContactBook(tables, alice.Did, network.Time.GetUtcNow()).Block(tables.Contacts.Find(dora.Did)!));
        await BringCardAsync(dora, dora.Card);
        Assert.Equal(ContactState.Blocked, alice.Store.Read(tables => tables.Contacts.Find(dora.Did))!.State);
    }

    [Fact]
    public async Task A_card_that_claims_the_owners_own_address_binds_nothing()
    {
        using var thief = new Someone("Thief", network);
        thief.SetProfile(profile => profile with { Addresses = [alice.Address] });
        await hers.BringAsync(alice, $"Defms-Card: {thief.Card}\r\nFrom: {alice.Address}\r\n\r\nhi\r\n", coversCard: true);
        await hers.DeliverAsync();
        Assert.Null(BoundTo(alice.Address));
    }

    private static string IdOf(Someone person, Posted sent) => person.Store.Read(tables => tables.Messages.Find(sent.Message))!.MessageId!;

    private Did? BoundTo(string address) => alice.Store.Read(tables => tables.Contacts.BoundTo(address));

    private int brought;

    private async Task BringCardAsync(Someone person, Card card)
    {
        byte[] octets = Encoding.ASCII.GetBytes($"Defms-Card: {card.ToString().Insert(400, "\r\n ")}\r\nFrom: {person.Address}\r\nTo: alice@alice.example\r\nSubject: hi {brought++}\r\n\r\nhi\r\n");
        await hers.BringAsync(alice, octets, coversCard: true);
        await hers.DeliverAsync();
    }
}
