using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Core.Storage;

/// <summary>
/// A person's folder: the file <c>identity</c> and the store <c>store.db</c>. The identity file makes it a home: it is written last, whole
/// and durable. Folder mode 0700, files 0600.
/// </summary>
public sealed class Home : IDisposable
{
    internal const string IdentityName = IdentityFile.Name;
    internal const string StoreName = "store.db";

    /// <summary>Whose store it is; two who make one home at once see by it that they are two.</summary>
    internal const string OwnerSetting = "owner";

    private Home(string folder, SqliteStore store) => (Folder, Store) = (folder, store);

    /// <summary>
    /// Where the home is when nobody says otherwise: the environment variable DEFMS_HOME, else <c>defms</c> in XDG_DATA_HOME, else in
    /// <c>~/.local/share</c>.
    /// </summary>
    public static string DefaultPath =>
        PathFrom(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <summary>Whether a folder is a home. One that is may still not open.</summary>
    public static bool Exists(string path) => Path.Exists(Path.Combine(Path.GetFullPath(path), IdentityName));

    /// <summary>The absolute path of the folder.</summary>
    public string Folder { get; }

    public SqliteStore Store { get; }

    /// <summary>Whose home it is. The store says so twice: beside its owner's card, which may be damaged.</summary>
    /// <exception cref="MailboxException">Neither says so any more.</exception>
    public Did Owner => Store.Read(tables => tables.Settings.GetBytes(OwnerSetting) is { Length: Did.Length } owner ? Did.From(owner) : OwnCard.Get(tables).Identity);

    /// <summary>Whether a passphrase is needed to unlock the identity.</summary>
    /// <exception cref="StoreException">The identity file cannot be read any more.</exception>
    public bool IsLocked => WithIdentityFile(Folder, IdentityVault.IsLocked);

    /// <summary>
    /// Makes a home. If it fails, or the machine stops, before it is whole there is no home, and it can be tried again.
    /// </summary>
    /// <param name="path">The folder; made if it is missing.</param>
    /// <param name="identity">Stays the caller's.</param>
    /// <param name="passphrase">Null or empty to leave the identity in clear.</param>
    /// <param name="random">For the store's names and the locking of the identity.</param>
    /// <param name="first">What the store must hold before there is a home: the owner's card.</param>
    /// <exception cref="StoreException">It is a home already, and was left as it was; or it cannot be written.</exception>
    public static Home Create(string path, Identity identity, string? passphrase, RandomSource random, Action<IReplicationTables>? first = null)
    {
        string folder = Path.GetFullPath(path);
        try
        {
            RequireNoHome(folder);
            MakeFolder(folder);
            byte[] file = IdentityVault.Pack(identity, passphrase, random);
            SqliteStore store = SqliteStore.Create(Path.Combine(folder, StoreName), random);
            return Complete(new Home(folder, store), file, tables => Prepare(tables, identity.Did, first), identity.Did);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"Cannot make a Defms home at {folder}: {e.Message}", e);
        }
    }

    /// <summary>Opens a home and brings its store up to date.</summary>
    /// <exception cref="StoreException">There is none, it cannot be read, or its store is newer than the program.</exception>
    public static Home Open(string path)
    {
        string folder = Path.GetFullPath(path);
        WithIdentityFile(folder, file => file.Length);
        var home = new Home(folder, SqliteStore.Open(Path.Combine(folder, StoreName)));
        try
        {
            IdentityFile.Settle(folder, home.Store);
            return home;
        }
        catch (Exception e)
        {
            home.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new StoreException($"Cannot read the Defms home at {folder}: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Opens the identity; the caller disposes it. <paramref name="error"/> is for the person.</summary>
    /// <param name="passphrase">Passed over where the identity is not locked.</param>
    /// <exception cref="StoreException">The identity file cannot be read any more.</exception>
    public bool TryUnlock(string? passphrase, [NotNullWhen(true)] out Identity? identity, [NotNullWhen(false)] out string? error)
    {
        (identity, error) = WithIdentityFile(
            Folder, file => (IdentityVault.TryUnpack(file, passphrase, out Identity? opened, out string? refusal) ? opened : null, refusal));
        return identity is not null;
    }

    /// <summary>
    /// Goes on with other keys of the same identity: the next epoch, or one that another machine of the owner's began. Identity file and store change
    /// together, durably, or not at all; running programs keep the keys that they have opened.
    /// </summary>
    /// <param name="passphrase">Null or empty to leave the identity in clear.</param>
    /// <param name="change">What changes with the keys: the owner's card. In the same transaction.</param>
    /// <exception cref="StoreException">It is another identity, or the file cannot be written.</exception>
    public void ReplaceIdentity(Identity identity, string? passphrase, RandomSource random, Action<IReplicationTables> change)
    {
        byte[] file = IdentityVault.Pack(identity, passphrase, random);
        try
        {
            Store.Write(tables =>
            {
                if (!identity.Did.Bytes.SequenceEqual(tables.Settings.GetBytes(OwnerSetting)))
                    throw new StoreException($"The home at {Folder} is another identity's. It was left as it is.");
                change(tables);
                IdentityFile.Prepare(Folder, file, tables);
                return true;
            });
            IdentityFile.Settle(Folder, Store);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"Cannot write the identity at {Folder}: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(file);
        }
    }

    public void Dispose() => Store.Dispose();

    internal static string PathFrom(Func<string, string?> variable, string userFolder)
    {
        if (variable("DEFMS_HOME") is { Length: > 0 } home) return Path.GetFullPath(home);

        // The XDG specification has relative paths passed over.
        string share = variable("XDG_DATA_HOME") is { } data && Path.IsPathFullyQualified(data) ? data : Path.Combine(userFolder, ".local", "share");
        return Path.Combine(share, "defms");
    }

    /// <summary>Writes the identity file under the store's write lock, by which two who make one home take turns.</summary>
    private static Home Complete(Home home, byte[] file, Action<IReplicationTables> prepare, Did owner)
    {
        try
        {
            home.Store.Write(tables =>
            {
                RequireNoHome(home.Folder);
                prepare(tables);
                return true;
            });
            return home.Store.Write(tables =>
            {
                RequireNoHome(home.Folder);
                if (!owner.Bytes.SequenceEqual(tables.Settings.GetBytes(OwnerSetting)))
                    throw new StoreException($"Another program is making a home at {home.Folder} at this moment. It was left to it.");
                IdentityFile.WriteFirst(home.Folder, file);
                return home;
            });
        }
        catch
        {
            home.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(file);
        }
    }

    private static void Prepare(IReplicationTables tables, Did owner, Action<IReplicationTables>? first)
    {
        tables.Settings.SetBytes(OwnerSetting, owner.Bytes);
        first?.Invoke(tables);
    }

    internal static void RequireNoHome(string folder)
    {
        if (Exists(folder)) throw new StoreException($"{folder} is already a Defms home. It was left as it is.");
    }

    internal static void MakeFolder(string folder)
    {
        DurableFile.EnsureDirectory(folder);

        // A folder that holds other things keeps the mode that its owner chose for them.
        bool isOurs = !Directory.EnumerateFileSystemEntries(folder).Any();
        if (isOurs && !OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, DurableFile.OwnerFolder);
    }

    private static T WithIdentityFile<T>(string folder, Func<ReadOnlySpan<byte>, T> use)
    {
        byte[] file = ReadIdentityFile(Path.Combine(folder, IdentityName), folder);
        try
        {
            return use(file);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(file);
        }
    }

    internal static byte[] ReadIdentityFile(string path, string folder)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (file.Length > IdentityVault.MaxFileLength) throw new IOException("The identity file is too large to be one.");
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StoreException($"There is no Defms home at {folder}. Make one with 'defms init', or name another with --home.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"Cannot read the Defms home at {folder}: {e.Message}", e);
        }
    }
}
