using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Records;
using Defms.Core.Mime;
using Defms.Core.Tests.Replication;
using Record = Defms.Core.Mailboxes.Records.Record;

namespace Defms.Core.Tests.Devices;

/// <summary>What two machines of one person agree on beside mail.</summary>
public sealed class RecordTests : IDisposable
{
    private readonly MemoryNetwork network = new();
    private readonly Someone desk;
    private readonly Someone laptop;
    private readonly Someone bob;

    public RecordTests()
    {
        desk = new Someone("Alice", network);
        bob = new Someone("Bob", network);
        desk.Know(bob);
        bob.Know(desk);
        laptop = new Someone(desk, "laptop");
    }

    public void Dispose()
    {
        foreach (Someone machine in new[] { desk, laptop, bob })
            machine.Dispose();
    }

    [Fact]
    public async Task Contacts_and_what_their_addresses_mean_come_to_the_second_machine()
    {
        await laptop.SyncAsync();
        ContactRow known = desk.Store.Read(tables => tables.Contacts.Find(bob.Did))!;
        ContactRow learned = laptop.Store.Read(tables => tables.Contacts.Find(bob.Did))!;
        Assert.Equal((known.State, known.Card, known.IsVerified), (learned.State, learned.Card, learned.IsVerified));
        Assert.Equal(known.EnteredEndpoints, learned.EnteredEndpoints);
        Assert.Equal(bob.Did, laptop.Store.Read(tables => tables.Contacts.BoundTo(bob.Address)));
    }

    [Fact]
    public async Task Read_state_and_flags_go_both_ways()
    {
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        desk.Mailbox.Mark(mail.Message.ToString(), MessageFlags.Read, MessageFlags.None);
        await laptop.SyncAsync();
        Assert.Equal(MessageFlags.Read, FlagsOf(laptop, mail));
        Pass();
        laptop.Mailbox.Mark(mail.Message.ToString(), MessageFlags.Flagged, MessageFlags.Read);
        await laptop.SyncAsync();
        Assert.Equal(MessageFlags.Flagged, FlagsOf(desk, mail));
        Assert.Single(desk.Mailbox.List(new ConversationFilter(null, UnreadOnly: true, 10)));
    }

    [Fact]
    public async Task The_later_of_two_changes_wins_whichever_comes_first()
    {
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        await laptop.SyncAsync();
        laptop.Mailbox.Mark(mail.Message.ToString(), MessageFlags.Flagged, MessageFlags.None);
        RecordPublishing.Stamp(laptop.Store, network.Time);
        Pass();
        desk.Mailbox.Mark(mail.Message.ToString(), MessageFlags.Read, MessageFlags.None);
        RecordPublishing.Stamp(desk.Store, network.Time);
        Pass();
        await laptop.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal(MessageFlags.Read, FlagsOf(desk, mail));
        Assert.Equal(MessageFlags.Read, FlagsOf(laptop, mail));
    }

    [Fact]
    public async Task Blocking_somebody_is_not_undone_by_his_new_card()
    {
        await laptop.SyncAsync();
        desk.Store.Write(tables => new ContactBook(tables, desk.Did, network.Time.GetUtcNow()).Block(tables.Contacts.Find(bob.Did)!));
        RecordPublishing.Stamp(desk.Store, network.Time);
        Pass();
        bob.SetProfile(profile => profile with { Name = "Bob Two" });
        laptop.Store.Write(tables => { new ContactBook(tables, laptop.Did, network.Time.GetUtcNow()).Learn(bob.Card); return true; });
        await laptop.SyncAsync();
        await laptop.SyncAsync();
        foreach (Someone machine in new[] { desk, laptop })
        {
            ContactRow row = machine.Store.Read(tables => tables.Contacts.Find(bob.Did))!;
            Assert.Equal((ContactState.Blocked, "Bob Two"), (row.State, row.Card.Name));
        }
    }

    [Fact]
    public async Task A_removed_contact_is_removed_on_both()
    {
        await laptop.SyncAsync();
        Pass();
        laptop.Store.Write(tables => tables.Contacts.Remove(bob.Did));
        await laptop.SyncAsync();
        Assert.Null(desk.Store.Read(tables => tables.Contacts.Find(bob.Did)));
        Assert.Null(desk.Store.Read(tables => tables.Contacts.BoundTo(bob.Address)));
    }

    [Fact]
    public async Task Every_machine_shows_how_far_a_mail_has_come_and_only_its_writer_delivers_it()
    {
        await laptop.SyncAsync();
        network.Cut(bob);
        Posted mail = laptop.Send("Hello", [bob]);
        await laptop.SyncAsync();
        Assert.Equal(DeliveryState.Queued, desk.StateOf(mail.Message, bob));
        network.Restore(bob);
        await desk.DeliverAsync();
        Assert.Null(bob.RootOf(mail.Thread));
        Pass();
        await laptop.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal(DeliveryState.Stored, desk.StateOf(mail.Message, bob));
    }

    [Fact]
    public async Task What_a_person_wrote_and_marked_unread_is_unread_on_the_other_machine_too()
    {
        await laptop.SyncAsync();
        Posted mail = laptop.Send("Hello", [bob]);
        laptop.Mailbox.Mark(mail.Message.ToString(), MessageFlags.None, MessageFlags.Read);
        await laptop.SyncAsync();
        Assert.Equal(MessageFlags.Own, FlagsOf(desk, mail));
    }

    [Fact]
    public async Task The_newer_of_two_cards_is_kept_on_both_though_the_older_was_learned_later()
    {
        await laptop.SyncAsync();
        bob.SetProfile(profile => profile with { Name = "Bob Two" });
        Card older = bob.Card;
        bob.SetProfile(profile => profile with { Name = "Bob Three" });
        Learn(desk, bob.Card);
        Pass();
        Learn(laptop, older);
        Pass();
        await laptop.SyncAsync();
        await laptop.SyncAsync();
        foreach (Someone machine in new[] { desk, laptop })
            Assert.Equal("Bob Three", machine.Store.Read(tables => tables.Contacts.Find(bob.Did))!.Card.Name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_card_of_ones_own_comes_to_the_other_machine_though_nothing_else_is_new(bool isChangedHere)
    {
        await laptop.SyncAsync();
        Someone changed = isChangedHere ? laptop : desk;
        changed.SetProfile(profile => profile with { Name = "Alice Two" });
        await laptop.SyncAsync();
        Assert.Equal(("Alice Two", "Alice Two"), (desk.Card.Name, laptop.Card.Name));
    }

    [Fact]
    public async Task A_machine_that_is_told_how_far_a_mail_has_come_has_nothing_to_say_of_it()
    {
        using var carol = new Someone("Carol", network);
        desk.Know(carol);
        Posted mail = desk.Send("Hello", [bob, carol]);
        await laptop.SyncAsync();
        Pass();
        network.Cut(bob);
        await desk.DeliverAsync();
        Publish(desk);
        Record? told = Delivery(desk, mail);
        Pass();
        await laptop.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal(told, Delivery(laptop, mail));
        Assert.Equal(told, Delivery(desk, mail));
    }

    [Fact]
    public async Task What_a_machine_says_later_of_a_mail_and_knows_less_of_is_put_right_by_the_one_that_knows_more()
    {
        network.Cut(bob);
        Posted mail = desk.Send("Hello", [bob]);
        await laptop.SyncAsync();
        network.Restore(bob);
        await desk.DeliverAsync();
        Assert.Equal(DeliveryState.Stored, desk.StateOf(mail.Message, bob));
        Pass();
        laptop.Store.Write(tables =>
        {
            tables.Deliveries.SetDetail(tables.Messages.Find(mail.Message)!.Id, bob.Did, "he is away");
            return true;
        });
        for (int round = 0; round < 3; round++)
        {
            Pass();
            await laptop.SyncAsync();
        }
        Assert.Equal((DeliveryState.Stored, DeliveryState.Stored), (desk.StateOf(mail.Message, bob), laptop.StateOf(mail.Message, bob)));
        Assert.Equal(Delivery(desk, mail), Delivery(laptop, mail));
    }

    [Fact]
    public async Task How_far_a_mail_has_come_to_each_of_the_old_world_is_the_same_on_every_machine()
    {
        Posted mail = desk.Send("Hello", [bob]);
        Legacy(desk, mail, tables => tables.Add, DeliveryState.Queued, DeliveryState.Queued, "");
        await laptop.SyncAsync();
        Pass();
        Legacy(desk, mail, tables => tables.Take, DeliveryState.Smtp, DeliveryState.Failed, "said so");
        await laptop.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal([("carol@old.example", DeliveryState.Smtp), ("dave@old.example", DeliveryState.Failed)], LegacyOf(laptop, mail));
        Assert.Equal(LegacyOf(desk, mail), LegacyOf(laptop, mail));
    }

    [Fact]
    public async Task Records_are_not_shown_found_or_exported_as_mail()
    {
        await laptop.SyncAsync();
        PrivateThreadRow row = Assert.Single(laptop.Store.Read(tables => tables.Records.PrivateThreads()));
        Assert.True(laptop.Store.Read(tables => tables.Threads.Find(row.Thread))!.Count > 0);
        Assert.Empty(laptop.Mailbox.List(new ConversationFilter(null, UnreadOnly: false, 10)));
        var exported = new List<Defms.Core.Storage.ExportedMail>();
        var export = new Defms.Core.Storage.MailFilesExport(laptop.Store);
        export.Run(export.AllConversations(), exported.Add, (_, _) => { }, CancellationToken.None);
        Assert.Empty(exported);
        Assert.Equal(0, laptop.Store.Read(tables => tables.Search.Count()));
    }

    [Fact]
    public async Task Machines_that_agree_write_no_more_records()
    {
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        desk.Mailbox.Mark(mail.Message.ToString(), MessageFlags.Read, MessageFlags.None);
        for (int i = 0; i < 3; i++)
            await laptop.SyncAsync();
        long before = desk.Store.Read(tables => tables.OwnChanges.Last());
        for (int i = 0; i < 3; i++)
            await laptop.SyncAsync();
        Assert.Equal(before, desk.Store.Read(tables => tables.OwnChanges.Last()));
    }

    [Fact]
    public async Task A_clock_ten_years_ahead_wins_nothing_and_its_machine_agrees_again_when_it_is_set_right()
    {
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        desk.Mailbox.Mark(mail.Message.ToString(), MessageFlags.Read, MessageFlags.None);
        await laptop.SyncAsync();
        network.Time.Advance(TimeSpan.FromDays(3652));
        laptop.Mailbox.Mark(mail.Message.ToString(), MessageFlags.Flagged, MessageFlags.Read);
        RecordPublishing.Stamp(laptop.Store, network.Time);
        Publish(laptop);
        network.Time.Advance(TimeSpan.FromDays(-3652));
        await laptop.SyncAsync();
        Assert.Equal(MessageFlags.Read, FlagsOf(desk, mail));
        Pass();
        desk.Mailbox.Mark(mail.Message.ToString(), MessageFlags.Answered, MessageFlags.None);
        await laptop.SyncAsync();
        Assert.Equal(MessageFlags.Read | MessageFlags.Answered, FlagsOf(desk, mail));
        Assert.Equal(MessageFlags.Read | MessageFlags.Answered, FlagsOf(laptop, mail));
    }

    [Theory]
    [InlineData(0.9, MessageFlags.Read | MessageFlags.Flagged)]
    [InlineData(3652, MessageFlags.Read)]
    public async Task A_clock_behind_by_hours_still_changes_what_it_has_seen_and_one_behind_by_years_undoes_nothing(double days, MessageFlags expected)
    {
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        desk.Mailbox.Mark(mail.Message.ToString(), MessageFlags.Read, MessageFlags.None);
        await laptop.SyncAsync();
        network.Time.Advance(TimeSpan.FromDays(-days));
        laptop.Mailbox.Mark(mail.Message.ToString(), MessageFlags.Flagged, MessageFlags.None);
        Publish(laptop);
        network.Time.Advance(TimeSpan.FromDays(days));
        await laptop.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal(expected, FlagsOf(desk, mail));
        Assert.Equal(expected, FlagsOf(laptop, mail));
    }

    [Fact]
    public async Task The_private_thread_begins_anew_before_it_grows_without_end_and_the_old_one_goes()
    {
        await laptop.SyncAsync();
        for (int i = 0; i < 30; i++)
        {
            desk.Store.Write(tables => { RecordBook.Set(tables, "label x", $"{i}", Now); return true; });
            Publish(desk, maxMessages: 20);
        }
        Assert.Equal(2, desk.Store.Read(tables => tables.Records.PrivateThreads()).Count);
        await laptop.SyncAsync();
        Assert.Equal("29", laptop.Store.Read(tables => tables.Records.Find("label x"))!.Value);
        network.Time.Advance(TimeSpan.FromDays(31));
        foreach (Someone machine in new[] { desk, laptop, desk })
        {
            machine.Store.Write(tables => { RecordBook.Set(tables, $"label {machine.Endpoint.Host}", $"{Now}", Now); return true; });
            Publish(machine);
        }
        Assert.Single(desk.Store.Read(tables => tables.Records.PrivateThreads()));
        Assert.Equal("29", desk.Store.Read(tables => tables.Records.Find("label x"))!.Value);
        Assert.Equal(0, desk.Store.Read(tables => tables.Threads.All().Count(row => tables.Blocks.Find(row.Thread) is null)));
    }

    [Fact]
    public async Task What_was_written_into_a_replaced_thread_meanwhile_is_carried_over()
    {
        await laptop.SyncAsync();
        laptop.Store.Write(tables => { RecordBook.Set(tables, "label away", "yes", Now); return true; });
        Publish(laptop);
        for (int i = 0; i < 30; i++)
        {
            desk.Store.Write(tables => { RecordBook.Set(tables, "label x", $"{i}", Now); return true; });
            Publish(desk, maxMessages: 20);
        }
        await laptop.SyncAsync();
        Publish(desk);
        Assert.Empty(desk.Store.Read(tables => tables.Records.Untold(1)));
        long current = desk.Store.Read(tables => tables.Records.PrivateThreads())[0].Thread;
        Assert.Contains("label away", RecordsIn(desk, current).Select(record => record.Key));
    }

    [Fact]
    public async Task A_machine_restored_from_an_old_backup_catches_up_and_undoes_nothing()
    {
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        await laptop.SyncAsync();
        using var folder = new Storage.TemporaryFolder();
        Defms.Core.Storage.Backup.Write(laptop.Home.Folder, folder.File("backup"));
        Pass();
        desk.Mailbox.Mark(mail.Message.ToString(), MessageFlags.Read, MessageFlags.None);
        Posted later = laptop.Send("After the backup", [bob]);
        await laptop.SyncAsync();
        Defms.Core.Storage.Backup.Restore(folder.File("backup"), folder.File("again"), RandomSource.System);
        using var again = new Someone(laptop, "again", Defms.Core.Storage.Home.Open(folder.File("again")));
        Pass();
        await again.SyncAsync();
        Assert.Equal(MessageFlags.Read, FlagsOf(desk, mail));
        Assert.Equal(MessageFlags.Read, FlagsOf(again, mail));
        Assert.Equal(desk.RootOf(later.Thread), again.RootOf(later.Thread));
    }

    private long Now => network.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Pass() => network.Time.Advance(TimeSpan.FromMinutes(1));

    private void Learn(Someone machine, Card card)
    {
        machine.Store.Write(tables => { new ContactBook(tables, machine.Did, network.Time.GetUtcNow()).Learn(card); return true; });
        RecordPublishing.Stamp(machine.Store, network.Time);
    }

    private static void Publish(Someone machine, int maxMessages = 1000) =>
        new RecordPublishing(machine.Store, machine.Identity, machine.Network.Time, RandomSource.System, maxMessages).Publish();

    private static MessageFlags FlagsOf(Someone machine, Posted mail) => machine.Store.Read(tables => tables.Messages.Find(mail.Message)!.Flags);

    /// <summary>As if a gateway had taken the mail for Carol and Dave and told of it.</summary>
    private void Legacy(
        Someone machine, Posted mail, Func<IDeliveryTable, Action<DeliveryRow>> change, DeliveryState carol, DeliveryState dave, string detail) =>
        machine.Store.Write(tables =>
        {
            long id = tables.Messages.Find(mail.Message)!.Id, now = network.Time.GetUtcNow().ToUnixTimeMilliseconds();
            change(tables.Deliveries)(new DeliveryRow(id, "carol@old.example", default, IsBcc: false, carol, detail, now));
            change(tables.Deliveries)(new DeliveryRow(id, "dave@old.example", default, IsBcc: false, dave, detail, now));
            tables.Deliveries.SetAnnounced(id, default);
            return true;
        });

    private static List<(string, DeliveryState)> LegacyOf(Someone machine, Posted mail) => machine.Store.Read(tables =>
        tables.Deliveries.Of(tables.Messages.Find(mail.Message)!.Id).Where(row => row.IsLegacy).Select(row => (row.Address, row.State)).Order().ToList());

    private static Record? Delivery(Someone machine, Posted mail) => machine.Store.Read(tables => tables.Records.Find($"delivery {mail.Message}"));

    private static List<Record> RecordsIn(Someone machine, long thread) =>
        [.. machine.Store.Read(tables => tables.Messages.InThread(thread)).SelectMany(row => RecordMail.Read(MailMessage.Parse(machine.Mailbox.Octets(row.Cid))) ?? [])];
}
