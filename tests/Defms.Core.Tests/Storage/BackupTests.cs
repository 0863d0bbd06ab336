using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Tests.Mailboxes;

namespace Defms.Core.Tests.Storage;

public sealed class BackupTests
{
    [Fact]
    public void A_backup_restores_identity_and_all_mail_on_another_machine()
    {
        using Owner owner = new();
        owner.Import(Owner.Mail("a@x"), Owner.Mail("b@x", "<a@x>"));
        Backup.Write(owner.Home.Folder, owner.File("backup"));
        Assert.True(TemporaryFolder.ModeOf(owner.File("backup")) is null or DurableFile.OwnerFile);
        Backup.Restore(owner.File("backup"), owner.File("again"), RandomSource.System);

        using Home home = Home.Open(owner.File("again"));
        Assert.True(home.TryUnlock(null, out Identity? identity, out _));
        using (identity)
            Assert.Equal(owner.Identity.Did, identity.Did);
        Assert.Equal(owner.Roots(), home.Store.Read(tables => tables.Threads.All().Select(row => (row.Thread, row.Root)).OrderBy(pair => pair.Thread).ToList()));
        Assert.NotEqual(Setting(owner.Home, StoreSettings.Device), Setting(home, StoreSettings.Device));
        Assert.NotEqual(Setting(owner.Home, StoreSettings.Epoch), Setting(home, StoreSettings.Epoch));
        Assert.True(new Verification(home.Store, owner.Identity.Did).Run(false, (_, _) => { }, TestContext.Current.CancellationToken).IsSound);
    }

    [Fact]
    public async Task A_backup_made_while_mail_comes_holds_whole_threads()
    {
        using Owner owner = new();
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(() =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
                owner.Import(Owner.Mail($"{i}@x", i % 3 == 0 ? null : $"<{i - 1}@x>"));
        });
        for (int i = 0; i < 3; i++)
            Backup.Write(owner.Home.Folder, owner.File("backup"));
        await stop.CancelAsync();
        await writing;
        Backup.Restore(owner.File("backup"), owner.File("again"), RandomSource.System);
        using Home home = Home.Open(owner.File("again"));
        Assert.True(new Verification(home.Store, owner.Identity.Did).Run(false, (_, _) => { }, TestContext.Current.CancellationToken).IsSound);
    }

    [Fact]
    public void A_backup_made_while_keys_are_replaced_pairs_store_and_keys()
    {
        using Owner owner = new();
        using var seed = RecoverySeed.Create(RandomSource.System);
        using var next = Identity.From(seed, epoch: 1);
        byte[] file = IdentityVault.Pack(next, null, RandomSource.System);
        // As when the program stops behind the commit.
        owner.Home.Store.Write(tables =>
        {
            IdentityFile.Prepare(owner.Home.Folder, file, tables);
            return true;
        });
        Backup.Write(owner.Home.Folder, owner.File("backup"));
        Assert.Equal(file, RestoredIdentity(owner, "again"));
        IdentityFile.Settle(owner.Home.Folder, owner.Home.Store);
        Backup.Write(owner.Home.Folder, owner.File("backup"));
        Assert.Equal(file, RestoredIdentity(owner, "once more"));
    }

    [Fact]
    public void A_restore_that_was_broken_off_can_be_had_by_asking_again()
    {
        using Owner owner = new();
        owner.Import(Owner.Mail("a@x"));
        Backup.Write(owner.Home.Folder, owner.File("backup"));
        Directory.CreateDirectory(owner.File("again"));
        File.Copy(owner.File("backup"), owner.File("again/store.db"));
        File.WriteAllText(owner.File("again/store.db.tmp"), "half a store");
        File.WriteAllText(owner.File("again/store.db.tmp-journal"), "half a journal");
        Backup.Restore(owner.File("backup"), owner.File("again"), RandomSource.System);
        using Home home = Home.Open(owner.File("again"));
        Assert.True(new Verification(home.Store, owner.Identity.Did).Run(false, (_, _) => { }, TestContext.Current.CancellationToken).IsSound);
        Assert.Equal(1, home.Store.Read(tables => tables.Threads.All().Count()));
        Assert.Empty(Directory.EnumerateFiles(owner.File("again"), "*.tmp*"));
        Backup.Write(home.Folder, owner.File("next"));
    }

    [Fact]
    public void A_store_without_an_identity_that_no_restore_left_is_never_written_over()
    {
        using Owner owner = new();
        Backup.Write(owner.Home.Folder, owner.File("backup"));
        using (Owner other = new())
        {
            other.Import(Owner.Mail("a@x"));
            Backup.Write(other.Home.Folder, owner.File("other"));
        }
        Backup.Restore(owner.File("other"), owner.File("again"), RandomSource.System);
        File.Delete(owner.File("again/identity"));
        Assert.Contains("without an identity", Assert.Throws<StoreException>(() => Backup.Restore(owner.File("backup"), owner.File("again"), RandomSource.System)).Message);
    }

    [Fact]
    public void A_home_is_never_written_over()
    {
        using Owner owner = new();
        Backup.Write(owner.Home.Folder, owner.File("backup"));
        Assert.Contains("already", Assert.Throws<StoreException>(() => Backup.Restore(owner.File("backup"), owner.Home.Folder, RandomSource.System)).Message);
    }

    [Fact]
    public void What_is_no_backup_or_a_damaged_one_makes_no_home()
    {
        using Owner owner = new();
        owner.Import(Enumerable.Range(0, 50).Select(i => Owner.Mail($"{i}@x", body: new string('x', 3000) + "\n")));
        File.WriteAllText(owner.File("text"), "no backup");
        Backup.Write(owner.Home.Folder, owner.File("backup"));
        using (FileStream file = File.OpenWrite(owner.File("backup")))
            file.SetLength(file.Length / 2);
        foreach (string name in (string[])["text", "backup", "home/store.db", "nothing"])
        {
            Assert.Throws<StoreException>(() => Backup.Restore(owner.File(name), owner.File("again"), RandomSource.System));
            Assert.False(Directory.Exists(owner.File("again")));
        }
    }

    private static byte[] RestoredIdentity(Owner owner, string name)
    {
        Backup.Restore(owner.File("backup"), owner.File(name), RandomSource.System);
        return File.ReadAllBytes(owner.File($"{name}/identity"));
    }

    private static byte[] Setting(Home home, string name) => home.Store.Read(tables => tables.Settings.GetBytes(name))!;
}
