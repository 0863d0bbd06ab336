using System.Security.Cryptography;

namespace Defms.Core.Storage;

/// <summary>
/// A home as one file: a copy of the store, consistent while others write, with the identity file in a table of its own
/// (docs/formats/filing.md, "Backup"). Whoever has it and the passphrase, where there is one, is the person: mode 0600.
/// </summary>
public static class Backup
{
    private const string MakeTable = "CREATE TABLE backup(identity BLOB NOT NULL) STRICT";

    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Writes a backup; the file is there whole and durable, or not at all. One that is there is replaced.</summary>
    /// <exception cref="StoreException">It cannot be written.</exception>
    public static void Write(string home, string file)
    {
        string folder = Path.GetFullPath(home), path = Path.GetFullPath(file);
        byte[] identity = Home.ReadIdentityFile(Path.Combine(folder, Home.IdentityName), folder);
        try
        {
            Copy(Path.Combine(folder, Home.StoreName), SqliteOpenMode.ReadWrite, path, db =>
            {
                db.Execute(MakeTable);
                db.Execute("INSERT INTO backup VALUES(?1)", identity);
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"Cannot write the backup {file}: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(identity);
        }
    }

    /// <summary>
    /// Makes a home of a backup. It is another machine to all others: what they know of the old store's rows, and what it knew of theirs, is
    /// forgotten, so that both ask anew and nothing is missed.
    /// </summary>
    /// <exception cref="StoreException">The file is no backup or is damaged, or there is a home or a store already; that is left as it is.</exception>
    public static void Restore(string file, string home, RandomSource random)
    {
        string folder = Path.GetFullPath(home), store = Path.Combine(folder, Home.StoreName);
        if (!File.Exists(file))
            throw new StoreException($"There is no backup at {file}.");
        Home.RequireNoHome(folder);
        if (Path.Exists(store))
            throw new StoreException($"There is a store without an identity at {store}. It was left as it is; move it away first.");
        byte[] identity = ReadIdentity(file);
        try
        {
            Home.MakeFolder(folder);
            Copy(Path.GetFullPath(file), SqliteOpenMode.ReadOnly, store, db =>
            {
                db.Execute("DROP TABLE backup");
                AnotherMachine.Become(db, random);
            });
            IdentityFile.WriteFirst(folder, identity);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"Cannot make a Defms home at {folder}: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(identity);
        }
    }

    private static byte[] ReadIdentity(string file)
    {
        try
        {
            using SqliteConnection db = SqliteConnection.Open(file, SqliteOpenMode.ReadOnly);
            bool isBackup = db.ScalarLong("PRAGMA application_id") == SchemaMigrations.ApplicationId
                && db.ScalarLong("SELECT 1 FROM sqlite_schema WHERE name = 'backup'") == 1;
            if (isBackup && db.ScalarString("PRAGMA quick_check(1)") is "ok" && db.ScalarBytes("SELECT identity FROM backup") is { } identity)
                return identity;
            throw new StoreException(isBackup ? $"The backup {file} is damaged. Nothing was restored." : $"{file} is no Defms backup.");
        }
        catch (SqliteException e)
        {
            throw new StoreException($"{file} is no Defms backup, or it is damaged: {e.Message}", e);
        }
    }

    /// <summary>Copies a database in one state of it, changes the copy, and gives it its name when it is durable.</summary>
    private static void Copy(string from, SqliteOpenMode mode, string to, Action<SqliteConnection> change)
    {
        string temporary = $"{to}.{Environment.ProcessId}.tmp";
        MakeEmpty(temporary);
        try
        {
            using (SqliteConnection source = SqliteConnection.Open(from, mode))
            {
                source.SetBusyTimeout(BusyTimeout);
                source.Execute("VACUUM INTO ?1", temporary);
            }
            using (SqliteConnection copy = SqliteConnection.Open(temporary, SqliteOpenMode.ReadWrite))
                change(copy);
            using (FileStream file = new(temporary, FileMode.Open, FileAccess.ReadWrite))
                FileSync.File(file.SafeFileHandle, temporary);
            File.Move(temporary, to, overwrite: true);
            FileSync.Folder(Path.GetDirectoryName(to)!);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>SQLite fills an empty file, which has the mode that only the owner may read.</summary>
    private static void MakeEmpty(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = DurableFile.OwnerFile;
        new FileStream(path, options).Dispose();
    }
}
