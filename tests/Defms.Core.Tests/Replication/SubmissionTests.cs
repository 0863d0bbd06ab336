using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Replication;

/// <summary>Mail for the old world: handed to the gateway once, reported on, and shown in the sentbox.</summary>
public sealed class SubmissionTests : IDisposable
{
    private const string Carol = "carol@old.example";
    private const string Dan = "dan@old.example";

    private readonly MemoryNetwork network = new();
    private readonly Someone alice;
    private readonly Someone bob;
    private readonly Relay relay;

    public SubmissionTests()
    {
        alice = new Someone("Alice", network);
        bob = new Someone("Bob", network);
        relay = new Relay(network);
        relay.Serve(alice);
        alice.Know(bob);
        bob.Know(alice);
    }

    /// <summary>A bounce, and the report on it brought to Alice; on how many recipients.</summary>
    private async Task<int> BounceAsync(Cid name, string address, FateState state, string words)
    {
        var fate = new RecipientFate(address, state, words, network.Time.GetUtcNow().ToUnixTimeMilliseconds());
        int told = await relay.Queue.ReportBounceAsync(name, [fate], TestContext.Current.CancellationToken);
        await relay.DeliverAsync();
        return told;
    }

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
        relay.Dispose();
    }

    [Fact]
    public async Task Mail_for_legacy_recipients_alone_is_filed_and_handed_to_the_gateway_in_one_submission()
    {
        Posted sent = alice.Write("hello", [Carol, Dan], bcc: ["erin@old.example"]);
        Assert.True(alice.Store.Read(tables => tables.Threads.Find(sent.Thread)!.IsFiled));
        Assert.Equal(3, sent.Recipients.Count(recipient => recipient.State == DeliveryState.Queued));
        await alice.DeliverAsync();
        OpenedSubmission submission = Assert.Single(relay.Waiting());
        Assert.Equal([Carol, Dan, "erin@old.example"], submission.Submission.To.Order());
        Assert.Equal((alice.Address, alice.Did), (submission.Submission.From, submission.Sender));
        Assert.Equal(alice.Card, submission.Submission.Card);
        Assert.Equal(alice.Mailbox.Octets(sent.Message), submission.Submission.Octets);
        Assert.DoesNotContain("erin", Encoding.ASCII.GetString(submission.Submission.Octets.Span), StringComparison.Ordinal);
        Assert.Equal((DeliveryState.Held, "with the gateway"), State(sent, Carol));
        Assert.True(Assert.Single(alice.Mails()).Message.Row.Flags.HasFlag(MessageFlags.Own));
    }

    [Fact]
    public async Task A_letter_to_both_worlds_goes_to_each_by_its_own_way()
    {
        Posted sent = alice.Write("hello", [bob.Address, Carol]);
        await alice.DeliverAsync();
        Assert.Equal(alice.RootOf(sent.Thread), bob.RootOf(sent.Thread));
        Assert.Equal([Carol], Assert.Single(relay.Waiting()).Submission.To);
        ShownMessage shown = Assert.Single(alice.Mails()).Message;
        Assert.Equal([Carol], shown.LeftBySmtp);
        Assert.Equal([DeliveryState.Stored, DeliveryState.Held], shown.Deliveries.Select(row => row.State));
    }

    [Fact]
    public async Task Reports_say_what_became_of_each_recipient_also_later()
    {
        Posted sent = alice.Write("hello", [Carol, Dan]);
        await alice.DeliverAsync();
        OpenedSubmission submission = relay.Waiting()[0];
        await relay.ReportAsync(submission, FateState.Queued, "451 later", isDone: false, Dan);
        Assert.Equal((DeliveryState.Held, "the gateway tries again: 451 later"), State(sent, Dan));
        Assert.Equal((DeliveryState.Held, "with the gateway"), State(sent, Carol));
        network.Time.Advance(TimeSpan.FromMinutes(2));
        await relay.ReportAsync(submission, FateState.Smtp, "250 2.0.0 queued as 1", isDone: true);
        Assert.Equal((DeliveryState.Smtp, "250 2.0.0 queued as 1"), State(sent, Carol));
        // A bounce that came back days later.
        network.Time.Advance(TimeSpan.FromDays(2));
        await relay.ReportAsync(submission, FateState.Failed, "550 5.1.1 no such user", isDone: true, Dan);
        Assert.Equal((DeliveryState.Failed, "550 5.1.1 no such user"), State(sent, Dan));
        Assert.Equal(DeliveryState.Smtp, State(sent, Carol).State);
    }

    [Fact]
    public async Task A_bounce_finds_what_its_owner_sent_and_what_came_back_stays_failed()
    {
        Posted sent = alice.Write("hello", [Carol, Dan]);
        await alice.DeliverAsync();
        OpenedSubmission submission = relay.Waiting()[0];
        string id = MailMessage.Parse(submission.Submission.Octets).MessageId!;
        SentMail found = Assert.Single(relay.Queue.FindSent(alice.Did, id, name: null));
        Assert.Equal((submission.Name, alice.Address, 0), (found.Name, found.From, found.Returned.Count));
        Assert.Equal([Carol, Dan], found.To.Order());
        Assert.Single(relay.Queue.FindSent(alice.Did, null, submission.Name));
        Assert.Empty(relay.Queue.FindSent(bob.Did, id, submission.Name));
        Assert.Empty(relay.Queue.FindSent(alice.Did, "other", name: null));

        // It is quicker than the gateway's own note that the mail has left.
        Assert.Equal(1, await BounceAsync(found.Name, Dan, FateState.Failed, "returned: 550 gone"));
        await relay.ReportAsync(submission, FateState.Smtp, "250 ok", isDone: true);
        Assert.Equal((DeliveryState.Failed, "returned: 550 gone"), State(sent, Dan));
        Assert.Equal((DeliveryState.Smtp, "250 ok"), State(sent, Carol));
        Assert.Equal(0, await BounceAsync(found.Name, Dan, FateState.Smtp, "delivered"));
        Assert.Equal(0, await BounceAsync(found.Name, "erin@old.example", FateState.Failed, "returned"));
        network.Time.Advance(TimeSpan.FromDays(10));
        Assert.Equal(1, await BounceAsync(found.Name, Carol, FateState.Failed, "returned: 550 full"));
        Assert.Equal((DeliveryState.Failed, "returned: 550 full"), State(sent, Carol));
        network.Time.Advance(TimeSpan.FromDays(5));
        relay.Queue.ForgetOld();
        Assert.Empty(relay.Queue.FindSent(alice.Did, id, submission.Name));
    }

    [Fact]
    public async Task A_mail_that_came_without_a_parcel_is_queued_as_sealed_as_others_and_not_reported_on()
    {
        const string octets = "From: a@b.example\r\nMessage-ID: <canary@b.example>\r\n\r\ncanary\r\n";
        Cid name = await relay.Queue.AddAsync(
            alice.Did, new Submission(Encoding.ASCII.GetBytes(octets), alice.Address, [Carol]), TestContext.Current.CancellationToken);
        OpenedSubmission waiting = Assert.Single(relay.Waiting());
        Assert.Equal((name, alice.Did, true), (waiting.Name, waiting.Sender, waiting.IsOwn));
        Assert.Equal(octets, Encoding.ASCII.GetString(waiting.Submission.Octets.Span));
        Assert.Empty(relay.Queue.FindSent(alice.Did, "canary@b.example", name));
        await relay.Queue.ReportAsync(name, alice.Did, [], next: null, [], TestContext.Current.CancellationToken);
        Assert.Empty(relay.Waiting());
        Assert.Null(relay.Someone.Store.Read(tables => tables.Blocks.Find(name)));
    }

    [Fact]
    public async Task An_older_report_that_comes_late_changes_nothing()
    {
        Posted sent = alice.Write("hello", [Carol]);
        await alice.DeliverAsync();
        OpenedSubmission submission = relay.Waiting()[0];
        network.Cut(alice);
        await relay.ReportAsync(submission, FateState.Smtp, "250 ok", isDone: false);
        List<(OutgoingRow Row, List<Block> Blocks)> first = [.. relay.Someone.Store.Read(tables => tables.Outgoing.For(alice.Did, 0, 9)).Select(row => (row, relay.Someone.Outbox.BlocksOf(row).ToList()))];
        network.Time.Advance(TimeSpan.FromHours(1));
        await relay.ReportAsync(submission, FateState.Failed, "550 bounced");
        relay.Someone.Outbox.Remove(first[0].Row);
        network.Restore(alice);
        await relay.DeliverAsync();
        Assert.Equal(DeliveryState.Failed, State(sent, Carol).State);
        Assert.True(Announcement.TryRead(Block.Create(Cid.DagCbor, first[0].Row.Bytes), out Announcement? late, out _));
        Receipt receipt = await AnnounceAsync(relay.Someone, alice, late, first[0].Blocks);
        Assert.Equal((Verdict.Stored, DeliveryState.Failed), (receipt.Verdict, State(sent, Carol).State));
    }

    [Fact]
    public async Task A_report_counts_only_from_the_gateway_that_the_submission_went_to_and_for_recipients_that_it_had()
    {
        Posted sent = alice.Write("hello", [Carol]);
        await alice.DeliverAsync();
        OpenedSubmission submission = relay.Waiting()[0];
        using var other = new Relay(network, "Other");
        alice.Store.Write(tables =>
        {
            Gateways.Enter(tables, [relay.Someone.Card, other.Someone.Card], alice.Did, network.Time.GetUtcNow());
            return true;
        });
        other.Someone.Know(alice);
        RecipientFate fate = new(Carol, FateState.Failed, "550 no", 1);
        await other.Post.PostAsync(alice.Did, new SubmissionReport(submission.Name, [fate]), TestContext.Current.CancellationToken);
        Assert.Contains("no submission of mine", Assert.Single((await other.DeliverAsync()).Failed).Reason);
        await relay.Post.PostAsync(alice.Did, new SubmissionReport(Threads.Samples.Numbered(1), [fate]), TestContext.Current.CancellationToken);
        Assert.Contains("no submission of mine", Assert.Single((await relay.DeliverAsync()).Failed).Reason);
        await relay.ReportAsync(submission, FateState.Failed, "550 no", true, "mallory@old.example");
        Assert.Equal(DeliveryState.Held, State(sent, Carol).State);
    }

    [Fact]
    public async Task A_submission_is_executed_once_however_often_it_comes()
    {
        alice.Write("hello", [Carol]);
        alice.Outbox.Announce();
        OutgoingRow row = alice.Store.Read(tables => tables.Outgoing.For(relay.Did, 0, 1)[0]);
        List<Block> blocks = [.. alice.Outbox.BlocksOf(row)];
        await alice.DeliverAsync();
        await relay.ReportAsync(relay.Waiting()[0], FateState.Smtp, "250 ok");
        Assert.Empty(relay.Waiting());
        ReadAnnouncement(row, out Announcement announcement);
        Assert.Equal(Verdict.Stored, (await AnnounceAsync(alice, relay.Someone, announcement, blocks)).Verdict);
        // And under an announcement that nobody has seen.
        relay.Someone.Store.Write(tables =>
        {
            tables.Received.Put(announcement.Id, alice.Did, [], 0);
            return true;
        });
        Assert.Equal(Verdict.Stored, (await AnnounceAsync(alice, relay.Someone, announcement, blocks)).Verdict);
        Assert.Empty(relay.Waiting());
        Assert.DoesNotContain(row.Thread!.Value, relay.Someone.Store.Read(tables => tables.Blocks.List().ToList()));
    }

    [Fact]
    public async Task A_submission_older_than_seven_days_is_refused_and_names_are_kept_for_longer_than_that()
    {
        network.Cut(relay.Someone);
        Posted late = alice.Write("late", [Carol]);
        await alice.DeliverAsync();
        network.Time.Advance(TimeSpan.FromDays(7.1));
        network.Restore(relay.Someone);
        await alice.DeliverAsync();
        Assert.Equal(DeliveryState.Failed, State(late, Carol).State);
        Assert.Contains("older than seven days", State(late, Carol).Detail);
        Posted sent = alice.Write("hello", [Carol]);
        await alice.DeliverAsync();
        await relay.ReportAsync(relay.Waiting()[0], FateState.Smtp, "250 ok");
        network.Time.Advance(TimeSpan.FromDays(13));
        Assert.Equal(0, relay.Queue.ForgetOld());
        network.Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(1, relay.Queue.ForgetOld());
        Assert.Equal(DeliveryState.Smtp, State(sent, Carol).State);
    }

    [Fact]
    public async Task Only_those_with_an_account_may_submit_and_only_in_their_own_name()
    {
        using var mallory = new Someone("Mallory", network);
        mallory.Store.Write(tables =>
        {
            Gateways.Enter(tables, [relay.Someone.Card], mallory.Did, network.Time.GetUtcNow());
            return true;
        });
        Posted sent = mallory.Write("relay me", [Carol]);
        await mallory.DeliverAsync();
        Assert.Equal(DeliveryState.Failed, mallory.DeliveryTo(sent.Message, Carol).State);
        relay.Serve(mallory);
        foreach ((string envelope, string from) in new[] { ("alice@alice.example", "mallory@mallory.example"), ("mallory@mallory.example", "alice@alice.example"), ("mallory@mallory.example", "mallory@mallory.example, alice@alice.example") })
        {
            byte[] octets = Encoding.ASCII.GetBytes($"From: {from}\r\nTo: {Carol}\r\n\r\nhi\r\n");
            Cid name = await new ParcelPost(mallory.Store, mallory.Identity, network.Time, RandomSource.System)
                .PostAsync(relay.Did, new Submission(octets, envelope, [Carol]), TestContext.Current.CancellationToken);
            await mallory.DeliverAsync();
            Assert.Contains("no address of its sender", mallory.Store.Read(tables => tables.Parcels.Find(name))!.Detail);
        }
        Assert.Empty(relay.Waiting());
        Assert.Throws<MailboxException>(() => mallory.Write("as Alice", [Carol], from: "alice@alice.example"));
    }

    [Fact]
    public void Without_a_gateway_or_sealed_only_nothing_is_queued_and_it_is_said_for_whom()
    {
        Assert.Contains(Carol, Assert.Throws<MailboxException>(() => alice.Write("hello", [bob.Address, Carol], sealedOnly: true)).Message);
        alice.Store.Write(tables =>
        {
            Gateways.Enter(tables, [], alice.Did, network.Time.GetUtcNow());
            return true;
        });
        Assert.Contains($"No way to {Carol}", Assert.Throws<MailboxException>(() => alice.Write("hello", [bob.Address, Carol])).Message);
        Assert.Empty(alice.Mails());
    }

    [Fact]
    public async Task Mail_that_waits_natively_goes_by_smtp_only_by_the_persons_word()
    {
        network.Cut(bob);
        Posted sent = alice.Write("urgent", [bob.Address]);
        await alice.DeliverAsync();
        network.Time.Advance(TimeSpan.FromDays(2));
        await alice.DeliverAsync();
        Assert.Empty(relay.Waiting());
        IReadOnlyList<string> to = ViaSmtp(sent);
        Assert.Equal([bob.Address], to);
        Assert.Throws<MailboxException>(() => ViaSmtp(sent));
        await alice.DeliverAsync();
        OpenedSubmission submission = Assert.Single(relay.Waiting());
        Assert.Equal([bob.Address], submission.Submission.To);
        await relay.ReportAsync(submission, FateState.Failed, "554 no");
        Assert.Equal(DeliveryState.Queued, alice.StateOf(sent.Message, bob));
        Assert.Equal(DeliveryState.Failed, State(sent, bob.Address).State);
        // Failed by SMTP too: it may be tried once more.
        ViaSmtp(sent);
        await alice.DeliverAsync();
        await relay.ReportAsync(relay.Waiting()[0], FateState.Smtp, "250 ok");
        Assert.Equal(DeliveryState.Smtp, State(sent, bob.Address).State);
    }

    [Fact]
    public async Task A_gateway_that_is_away_is_named_as_the_reason_and_what_waits_survives_gc()
    {
        network.Cut(relay.Someone);
        Posted sent = alice.Write("hello", [Carol], text: new string('a', 300) + "\n");
        await alice.DeliverAsync();
        Assert.Equal(DeliveryState.Queued, State(sent, Carol).State);
        Assert.Contains("cannot be reached", State(sent, Carol).Detail);
        new Collector(alice.Store).Run((_, _) => { }, CancellationToken.None);
        network.Restore(relay.Someone);
        await alice.DeliverAsync();
        Assert.Equal(0, new Collector(relay.Someone.Store).Run((_, _) => { }, CancellationToken.None).Removed);
        Assert.Single(relay.Waiting());
    }

    [Fact]
    public async Task A_gateway_unset_before_the_mail_went_fails_it_with_that_reason()
    {
        Posted sent = alice.Write("hello", [Carol]);
        alice.Store.Write(tables =>
        {
            Gateways.Enter(tables, [], alice.Did, network.Time.GetUtcNow());
            return true;
        });
        await alice.DeliverAsync();
        Assert.Equal((DeliveryState.Failed, "no gateway is configured any more"), State(sent, Carol));
    }

    [Fact]
    public async Task A_gateway_reads_nothing_of_a_submission_on_its_disk()
    {
        alice.Write("canary", [Carol], text: "the canary sings");
        await alice.DeliverAsync();
        Assert.Single(relay.Waiting());
        relay.Someone.Home.Dispose();
        foreach (string file in Directory.EnumerateFiles(relay.Someone.Folder))
        {
            string content = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
            Assert.DoesNotContain("canary", content, StringComparison.Ordinal);
            Assert.DoesNotContain(Carol, content, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_gateway_fetches_submissions_of_a_person_whom_nobody_can_reach_from_it()
    {
        // The gateway has no endpoint on its card; the person's machine has.
        relay.Someone.SetProfile(profile => profile with { Endpoints = [] });
        relay.Serve(alice);
        alice.Write("hello", [Carol]);
        await relay.Someone.SyncAsync();
        Assert.Single(relay.Waiting());
    }

    private IReadOnlyList<string> ViaSmtp(Posted sent) => alice.Store.Write(tables =>
        Resending.ViaSmtp(tables, tables.Deliveries.Of(tables.Messages.Find(sent.Message)!.Id), network.Time.GetUtcNow().ToUnixTimeMilliseconds()));

    private (DeliveryState State, string Detail) State(Posted sent, string address)
    {
        DeliveryRow row = alice.DeliveryTo(sent.Message, address);
        return (row.State, row.Detail);
    }

    private static void ReadAnnouncement(OutgoingRow row, out Announcement announcement)
    {
        Assert.True(Announcement.TryRead(Block.Create(Cid.DagCbor, row.Bytes), out Announcement? read, out _));
        announcement = read;
    }

    private Task<Receipt> AnnounceAsync(Someone from, Someone to, Announcement announcement, IEnumerable<Block> blocks) =>
        new MemoryPeer(network, from).AnnounceAsync(new PeerAddress(to.Endpoint, to.Did, true), announcement, blocks, CancellationToken.None);
}
