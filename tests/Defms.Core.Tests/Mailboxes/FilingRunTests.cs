using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;
using Defms.Core.Tests.Storage;
using Defms.Core.Tests.Threads;

namespace Defms.Core.Tests.Mailboxes;

public sealed class FilingRunTests
{
    private const int Many = 3_000;

    [Fact]
    public void What_cannot_be_read_is_told_with_its_place_and_ends_nothing()
    {
        using Owner owner = new();
        Directory.CreateDirectory(owner.File("mail"));
        File.WriteAllBytes(owner.File("mail/1.eml"), Owner.Mail("a@x"));
        File.WriteAllBytes(owner.File("mail/2.eml"), []);
        File.WriteAllBytes(owner.File("mail/3.eml"), Owner.Mail("b@x"));
        File.WriteAllText(owner.File("mail/4.mbox"), "No mail here\n");
        // Loose empty files are nobody's mail; named ones are told.
        FilingResult result = owner.ImportFrom(owner.File("mail"));
        FilingResult named = owner.ImportFrom(owner.File("mail/2.eml"));
        Assert.Equal((2, 1), (result.Imported, result.Unreadable));
        Assert.Equal(owner.File("mail/4.mbox"), Assert.Single(result.Faults).Place);
        Assert.Equal(owner.File("mail/2.eml"), Assert.Single(named.Faults).Place);
    }

    [Fact]
    public void A_fault_of_the_reader_passes_and_what_was_committed_stays()
    {
        using Owner owner = new();
        static IEnumerable<CollectedMail> Broken()
        {
            for (int i = 0; i < Many; i++)
                yield return new CollectedMail { Place = "test", Octets = Owner.Mail($"{i}@x") };
            throw new IOException("The disk broke.");
        }
        Assert.Equal("The disk broke.", Assert.Throws<IOException>(() => owner.Import(Broken())).Message);
        Assert.InRange(owner.Roots().Count, 1, Many);
    }

    [Fact]
    public void A_cancelled_import_keeps_what_it_counted()
    {
        using Owner owner = new();
        using var stop = new CancellationTokenSource();
        using var filing = new Filing(owner.Identity);
        long counted = 0;
        void Progress(FilingProgress done)
        {
            counted = done.Imported;
            stop.Cancel();
        }
        IEnumerable<CollectedMail> endless = Enumerable.Range(0, int.MaxValue).Select(i => new CollectedMail { Place = "test", Octets = Owner.Mail($"{i}@x") });
        Assert.ThrowsAny<OperationCanceledException>(() => new FilingRun(owner.Store, filing).File(endless, Progress, stop.Token));
        Assert.Equal(counted, owner.Roots().Count);
    }

    [Fact]
    public void An_import_that_was_killed_goes_on_where_its_last_commit_was()
    {
        using var folder = new TemporaryFolder();
        using (Home home = Home.Create(folder.File("home"), People.Alice, null, RandomSource.System))
            home.Store.Write(tables => OwnCard.Change(tables, People.Alice, profile => profile with { Name = "Alice" }, DateTimeOffset.UnixEpoch));
        using var child = new ChildProcess(nameof(FilingChildTests.Imports_until_it_is_killed), folder.File("home"), host: typeof(FilingChildTests));
        long acknowledged = long.Parse(child.Next()!);
        child.Kill();
        child.WaitForExit();
        using Home again = Home.Open(folder.File("home"));
        int kept = again.Store.Read(tables => tables.Threads.All().Count());
        Assert.InRange(kept, acknowledged, FilingChildTests.Count - 1);
        using var filing = new Filing(People.Alice);
        FilingResult rest = new FilingRun(again.Store, filing).File(FilingChildTests.Mails(), _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal((FilingChildTests.Count - kept, kept), (rest.Imported, rest.AlreadyHere));
        Assert.True(new Verification(again.Store, People.Alice.Did).Run(repair: false, (_, _) => { }, TestContext.Current.CancellationToken).IsSound);
    }
}

/// <summary>What the process does that <see cref="FilingRunTests"/> starts and kills.</summary>
public sealed class FilingChildTests
{
    public const int Count = 50_000;

    [Fact(Explicit = true)]
    public void Imports_until_it_is_killed()
    {
        using Home home = Home.Open(Environment.GetEnvironmentVariable(StoreChildTests.PathVariable)!);
        using var filing = new Filing(People.Alice);
        new FilingRun(home.Store, filing).File(Mails(), done => StoreChildTests.Say(done.Imported), TestContext.Current.CancellationToken);
    }

    internal static IEnumerable<CollectedMail> Mails() =>
        Enumerable.Range(0, Count).Select(i => new CollectedMail { Place = $"{i}", Octets = Owner.Mail($"{i}@x", body: new string('x', 2000) + "\n") });
}
