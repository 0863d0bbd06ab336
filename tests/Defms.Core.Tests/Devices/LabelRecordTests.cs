using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Labels;
using Defms.Core.Mailboxes.Records;
using Defms.Core.Replication;
using Defms.Core.Tests.Replication;
using Record = Defms.Core.Mailboxes.Records.Record;

namespace Defms.Core.Tests.Devices;

/// <summary>Labels on two machines of one person, and what becomes of them when the mail goes.</summary>
public sealed class LabelRecordTests : IDisposable
{
    private readonly MemoryNetwork network = new();
    private readonly Someone desk;
    private readonly Someone laptop;
    private readonly Someone bob;

    public LabelRecordTests()
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
    public async Task Labels_go_both_ways_and_so_does_their_end()
    {
        Posted mail = await MailAsync();
        Mark(desk, mail, on: ["Work"]);
        await laptop.SyncAsync();
        Assert.Equal(["Work"], LabelsOf(laptop, mail));
        Pass();
        Mark(laptop, mail, on: ["home"], off: ["WORK"]);
        await laptop.SyncAsync();
        Assert.Equal(["home"], LabelsOf(desk, mail));
        Assert.Equal(["home"], LabelsOf(laptop, mail));
    }

    [Fact]
    public async Task Different_labels_put_on_apart_are_both_kept()
    {
        Posted mail = await MailAsync();
        await laptop.SyncAsync();
        Mark(desk, mail, on: ["work"]);
        Mark(laptop, mail, on: ["home"]);
        await laptop.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal(["home", "work"], LabelsOf(desk, mail));
        Assert.Equal(["home", "work"], LabelsOf(laptop, mail));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_putting_on_and_taking_off_the_later_wins(bool isPutLater)
    {
        Posted mail = await MailAsync();
        Mark(desk, mail, on: ["work"]);
        await laptop.SyncAsync();
        Pass();
        (Someone first, Someone second) = isPutLater ? (desk, laptop) : (laptop, desk);
        Mark(first, mail, off: ["work"]);
        Pass();
        Mark(second, mail, off: ["work"]);
        Mark(second, mail, on: isPutLater ? ["Work"] : []);
        await laptop.SyncAsync();
        await laptop.SyncAsync();
        string[] expected = isPutLater ? ["Work"] : [];
        Assert.Equal(expected, LabelsOf(desk, mail));
        Assert.Equal(expected, LabelsOf(laptop, mail));
    }

    [Fact]
    public async Task One_label_spelled_in_two_ways_is_one_and_both_machines_spell_it_alike()
    {
        Posted mail = await MailAsync();
        await laptop.SyncAsync();
        Mark(desk, mail, on: ["Work"]);
        Pass();
        Mark(laptop, mail, on: ["WORK"]);
        await laptop.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal(["WORK"], LabelsOf(desk, mail));
        Assert.Equal(["WORK"], LabelsOf(laptop, mail));
        long before = desk.Store.Read(tables => tables.OwnChanges.Last());
        await laptop.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal(before, desk.Store.Read(tables => tables.OwnChanges.Last()));
    }

    [Fact]
    public async Task A_record_that_comes_before_its_mail_takes_effect_with_it()
    {
        Posted mail = await MailAsync();
        string key = $"label {mail.Message} work";
        laptop.Store.Write(tables => { RecordBook.Apply(tables, [new Record(key, 1, "Work"), new Record($"{key}ed", 1, "other"), new Record($"{key} not", 1, "")], told: true, Now); return true; });
        Assert.Null(laptop.Store.Read(tables => tables.Messages.Find(mail.Message)));
        await laptop.SyncAsync();
        Assert.Equal(["Work"], LabelsOf(laptop, mail));
    }

    [Fact]
    public async Task Labels_go_with_a_forgotten_conversation_and_the_other_machine_keeps_its_own()
    {
        Posted mail = await MailAsync();
        Mark(desk, mail, on: ["work"]);
        await laptop.SyncAsync();
        desk.Store.Write(tables => Forgetting.Forget(tables, tables.Threads.Find(mail.Thread)!.Conversation, desk.Did, Now));
        Assert.Empty(desk.Mailbox.Labels());
        Assert.False(desk.Store.Read(tables => tables.Records.HasUnstamped()));
        await laptop.SyncAsync();
        Assert.Equal(["work"], LabelsOf(laptop, mail));
    }

    [Fact]
    public async Task Deleting_hides_labels_and_undoing_shows_them_again()
    {
        Posted mail = await MailAsync();
        Mark(desk, mail, on: ["work"]);
        Assert.Equal([new LabelCount("work", 1, 1)], desk.Mailbox.Labels());
        desk.Mailbox.Mark(mail.Thread.ToString(), MessageFlags.Deleted, MessageFlags.None);
        Assert.Empty(desk.Mailbox.Labels());
        desk.Mailbox.Mark(mail.Thread.ToString(), MessageFlags.None, MessageFlags.Deleted);
        Assert.Equal(["work"], Assert.Single(desk.Mailbox.List(new ConversationFilter(null, false, 10))).Labels);
    }

    [Fact]
    public async Task A_backup_brings_labels_back_and_an_index_made_anew_keeps_them()
    {
        Posted mail = await MailAsync();
        Mark(desk, mail, on: ["work"]);
        using var folder = new Storage.TemporaryFolder();
        Defms.Core.Storage.Backup.Write(desk.Home.Folder, folder.File("backup"));
        Defms.Core.Storage.Backup.Restore(folder.File("backup"), folder.File("again"), RandomSource.System);
        using var again = new Someone(desk, "again", Defms.Core.Storage.Home.Open(folder.File("again")));
        Assert.Equal(["work"], LabelsOf(again, mail));
        Assert.True(new Verification(again.Store, again.Did).Run(repair: true, (_, _) => { }, CancellationToken.None).IsSound);
        Assert.Equal(["work"], LabelsOf(again, mail));
    }

    private long Now => network.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Pass() => network.Time.Advance(TimeSpan.FromMinutes(1));

    private async Task<Posted> MailAsync()
    {
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        return mail;
    }

    private void Mark(Someone machine, Posted mail, string[]? on = null, string[]? off = null)
    {
        machine.Mailbox.Mark(mail.Message.ToString(), new Marks(MessageFlags.None, MessageFlags.None) { Labels = Read(on), Unlabels = Read(off) });
        RecordPublishing.Stamp(machine.Store, network.Time);
    }

    private static List<Label> Read(string[]? labels) => [.. (labels ?? []).Select(text => Label.TryParse(text, out Label? label, out string error) ? label : throw new ArgumentException(error, nameof(labels)))];

    private static IReadOnlyList<string> LabelsOf(Someone machine, Posted mail) =>
        machine.Mailbox.Show(mail.Thread).Messages.Single(message => message.Row.Cid == mail.Message).Labels;
}
