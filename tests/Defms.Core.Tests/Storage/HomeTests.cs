using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Tests.Sealing;

namespace Defms.Core.Tests.Storage;

public sealed class HomeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly RecoverySeed seed = RecoverySeed.Create(new SeededRandomSource(1));
    private readonly Identity identity;
    private readonly string path;

    public HomeTests()
    {
        identity = Identity.From(seed);
        path = folder.File("home");
    }

    public void Dispose()
    {
        identity.Dispose();
        seed.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_home_is_opened_again_with_its_identity_and_store()
    {
        byte[]? epoch;
        using (Home made = Create()) epoch = Epoch(made);
        using Home home = Home.Open(path);
        Assert.Equal(path, home.Folder);
        Assert.False(home.IsLocked);
        Assert.True(home.TryUnlock(null, out Identity? opened, out _));
        using (opened) Assert.Equal(identity.Did, opened.Did);
        Assert.Equal(16, epoch!.Length);
        Assert.Equal(epoch, Epoch(home));
    }

    [Fact]
    public void A_locked_home_opens_for_its_passphrase_only()
    {
        using Home home = Create("correct horse");
        Assert.True(home.IsLocked);
        Assert.False(home.TryUnlock(null, out _, out string? missing));
        Assert.Contains("DEFMS_PASSPHRASE", missing);
        Assert.False(home.TryUnlock("wrong", out _, out string? wrong));
        Assert.Contains("wrong", wrong);
        Assert.True(home.TryUnlock("correct horse", out Identity? opened, out string? error));
        Assert.Null(error);
        using (opened) Assert.Equal(identity.Did, opened.Did);
    }

    [Fact]
    public void Everything_in_a_home_is_for_its_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        using Home home = Create();
        Write(home, "a", "1");
        Assert.Equal(DurableFile.OwnerFolder, TemporaryFolder.ModeOf(path));
        string[] files = Directory.GetFiles(path);
        Assert.Equal(["identity", "store.db", "store.db-shm", "store.db-wal"], files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal(DurableFile.OwnerFile, TemporaryFolder.ModeOf(file)));
    }

    [Fact]
    public void An_empty_folder_becomes_private_and_one_with_other_things_keeps_its_mode()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        const UnixFileMode Open = DurableFile.OwnerFolder | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
        string used = folder.File("used");
        foreach (string made in new[] { path, used })
        {
            Directory.CreateDirectory(made);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(made, Open);
        }

        File.WriteAllText(Path.Combine(used, "notes"), "mine");
        Create().Dispose();
        Home.Create(used, identity, null, new SeededRandomSource(2)).Dispose();
        Assert.Equal(DurableFile.OwnerFolder, TemporaryFolder.ModeOf(path));
        Assert.Equal(Open, TemporaryFolder.ModeOf(used));
    }

    [Fact]
    public void A_second_home_in_the_same_place_is_refused_and_the_first_left_as_it_was()
    {
        using (Home first = Create()) Write(first, "a", "1");
        byte[] before = File.ReadAllBytes(Path.Combine(path, "identity")), storeBefore = File.ReadAllBytes(Path.Combine(path, "store.db"));
        StoreException e = Assert.Throws<StoreException>(() => Create("other"));
        Assert.Equal($"{path} is already a Defms home. It was left as it is.", e.Message);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(path, "identity")));
        Assert.Equal(storeBefore, File.ReadAllBytes(Path.Combine(path, "store.db")));
        Assert.Equal(["identity", "store.db"], Directory.GetFiles(path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Of_several_who_make_one_home_at_once_one_does()
    {
        StoreException?[] refusals = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() =>
        {
            using RecoverySeed other = RecoverySeed.Create(new SeededRandomSource(100 + i));
            using Identity someone = Identity.From(other);
            try
            {
                Home.Create(path, someone, null, new SeededRandomSource(i)).Dispose();
                return null;
            }
            catch (StoreException e)
            {
                return e;
            }
        })));
        Assert.Single(refusals, refusal => refusal is null);
        Assert.All(refusals, refusal => Assert.Contains("already a Defms home", refusal?.Message ?? "already a Defms home"));
        Home.Open(path).Dispose();
    }

    [Fact]
    public void What_was_left_half_made_is_no_home_and_can_be_finished()
    {
        Create().Dispose();
        File.Delete(Path.Combine(path, "identity"));
        Assert.Contains("There is no Defms home", Assert.Throws<StoreException>(() => Home.Open(path)).Message);
        using (Home home = Create()) Write(home, "a", "1");

        // A store with mail in it has lost its identity file, which is another matter.
        File.Delete(Path.Combine(path, "identity"));
        Assert.Contains("store in use", Assert.Throws<StoreException>(() => Create()).Message);
        Assert.False(File.Exists(Path.Combine(path, "identity")));
    }

    [Fact]
    public void Keys_that_the_store_was_changed_for_are_taken_when_the_program_died_before_it_could()
    {
        using Identity next = Identity.From(seed, 1);
        using (Home home = Create()) Prepare(home, next, commits: true);
        Assert.Equal(0, EpochOfFile());
        Home.Open(path).Dispose();
        Assert.Equal(1, EpochOfFile());
        Assert.Equal(["identity", "store.db"], Files());
    }

    [Fact]
    public void Keys_that_the_store_was_not_changed_for_are_let_go()
    {
        using Identity next = Identity.From(seed, 1), other = Identity.From(seed, 2);
        using (Home home = Create())
        {
            home.ReplaceIdentity(next, null, new SeededRandomSource(3), _ => { });
            Assert.Equal(["identity", "store.db"], Files().Take(2));
            Prepare(home, other, commits: false);
        }
        Assert.Contains(IdentityFile.NextName, Files());
        Home.Open(path).Dispose();
        Assert.Equal(1, EpochOfFile());
        Assert.Equal(["identity", "store.db"], Files());
    }

    [Fact]
    public void What_a_program_left_that_died_while_it_made_a_home_is_written_over()
    {
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, IdentityFile.NextName), new string('x', 10_000));
        Create().Dispose();
        Assert.Equal(0, EpochOfFile());
        Assert.Equal(["identity", "store.db"], Files());
    }

    [Fact]
    public void Where_there_is_no_home_the_way_to_make_one_is_told()
    {
        foreach (string none in new[] { path, folder.Path })
        {
            StoreException e = Assert.Throws<StoreException>(() => Home.Open(none));
            Assert.Equal($"There is no Defms home at {none}. Make one with 'defms init', or name another with --home.", e.Message);
        }

        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void A_home_that_cannot_be_read_or_made_is_told()
    {
        File.WriteAllText(path, "a file where a folder should be");
        Assert.StartsWith($"Cannot make a Defms home at {path}: ", Assert.Throws<StoreException>(() => Create()).Message);
        Assert.Throws<StoreException>(() => Home.Open(path));

        string odd = folder.File("odd");
        Directory.CreateDirectory(Path.Combine(odd, "identity"));
        Assert.StartsWith($"Cannot read the Defms home at {odd}: ", Assert.Throws<StoreException>(() => Home.Open(odd)).Message);
    }

    [Fact]
    public void A_home_newer_than_the_program_is_told()
    {
        Create().Dispose();
        using (SqliteConnection db = SqliteConnection.Open(Path.Combine(path, "store.db"), SqliteOpenMode.ReadWrite))
            db.Execute("PRAGMA user_version = 99");
        Assert.Contains("Update Defms", Assert.Throws<StoreException>(() => Home.Open(path)).Message);
    }

    [Fact]
    public void A_damaged_identity_is_told_when_it_is_unlocked()
    {
        Create().Dispose();
        File.WriteAllBytes(Path.Combine(path, "identity"), [1, 2, 3]);
        using Home home = Home.Open(path);
        Assert.False(home.TryUnlock(null, out _, out string? error));
        Assert.Contains("damaged", error);
    }

    [Fact]
    public void The_default_path_follows_the_environment()
    {
        Dictionary<string, string> variables = new() { ["DEFMS_HOME"] = "/a/../b", ["XDG_DATA_HOME"] = "/x" };
        Assert.Equal(Path.GetFullPath("/b"), Default());
        variables["DEFMS_HOME"] = "";
        Assert.Equal(Path.Combine("/x", "defms"), Default());
        variables["XDG_DATA_HOME"] = "relative";
        Assert.Equal(Path.Combine("/home/ada", ".local", "share", "defms"), Default());
        variables.Clear();
        Assert.Equal(Path.Combine("/home/ada", ".local", "share", "defms"), Default());

        string Default() => Home.PathFrom(variables.GetValueOrDefault, "/home/ada");
    }

    /// <summary>Changes keys as far as the end of the store's transaction.</summary>
    private void Prepare(Home home, Identity next, bool commits)
    {
        byte[] file = IdentityVault.Pack(next, null, new SeededRandomSource(4));
        try
        {
            home.Store.Write<bool>(tables =>
            {
                IdentityFile.Prepare(path, file, tables);
                return commits ? true : throw new InvalidOperationException("died");
            });
        }
        catch (InvalidOperationException)
        {
            Assert.False(commits);
        }
    }

    private int EpochOfFile()
    {
        Assert.True(IdentityVault.TryUnpack(File.ReadAllBytes(Path.Combine(path, "identity")), null, out Identity? found, out _));
        using (found) return found.CurrentEpoch;
    }

    private IEnumerable<string?> Files() => Directory.GetFiles(path).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private Home Create(string? passphrase = null) => Home.Create(path, identity, passphrase, new SeededRandomSource(2));

    private static byte[]? Epoch(Home home) => home.Store.Read(tables => tables.Settings.GetBytes(StoreSettings.Epoch));

    private static void Write(Home home, string name, string value) => home.Store.Write(tables =>
    {
        tables.Settings.Set(name, value);
        return true;
    });
}
