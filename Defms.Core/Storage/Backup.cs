using System.Security.Cryptography;

namespace Defms.Core.Storage;

/// <summary>
/// A home as one file: a copy of the store, consistent while others write, with the identity file in a table of its own
/// (docs/formats/filing.md, "Backup"). Whoever has it and the passphrase, where there is one, is the person: mode 0600.
/// </summary>
public static class Backup
{
    private const string DropTable = "DROP TABLE IF EXISTS backup";
    private const string MakeTable = "CREATE TABLE backup(identity BLOB NOT NULL) STRICT";

    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Writes a backup; the file is there whole and durable, or not at all. One that is there is replaced.</summary>
    /// <exception cref="StoreException">It cannot be written.</exception>
    public static void Write(string home, string file)
    {
        string folder = Path.GetFullPath(home), path = Path.GetFullPath(file);
        // Keys may be replaced while the store is copied: those are right that the copy names.
        List<byte[]> identities = [Home.ReadIdentityFile(Path.Combine(folder, Home.IdentityName), folder)];
        try
        {
            Copy(Path.Combine(folder, Home.StoreName), SqliteOpenMode.ReadWrite, path, db =>
            {
                db.Execute(DropTable);
                db.Execute(MakeTable);
                identities.AddRange(IdentityFile.All(folder));
                db.Execute("INSERT INTO backup VALUES(?1)", IdentityFile.Choose(db, identities));
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"Cannot write the backup {file}: {e.Message}", e);
        }
        finally
        {
            identities.ForEach(identity => CryptographicOperations.ZeroMemory(identity));
        }
    }

    /// <summary>
    /// Makes a home of a backup. It is another machine to all others: what they know of the old store's rows, and what it knew of theirs, is
    /// forgotten, so that both ask anew and nothing is missed. One that was broken off can be had by asking again.
    /// </summary>
    /// <exception cref="StoreException">The file is no backup or is damaged, or there is a home or a store already; that is left as it is.</exception>
    public static void Restore(string file, string home, RandomSource random)
    {
        string folder = Path.GetFullPath(home), store = Path.Combine(folder, Home.StoreName);
        if (!File.Exists(file))
            throw new StoreException($"There is no backup at {file}.");
        Home.RequireNoHome(folder);
        if (Path.Exists(store) && !IsBackup(store))
            throw new StoreException($"There is a store without an identity at {store}. It was left as it is; move it away first.");
        byte[] identity = ReadIdentity(file);
        try
        {
            Home.MakeFolder(folder);
            // Until there is an identity beside it, the table shows that this one is not finished.
            Copy(Path.GetFullPath(file), SqliteOpenMode.ReadOnly, store, db => AnotherMachine.Become(db, random));
            IdentityFile.WriteFirst(folder, identity);
            using SqliteConnection db = SqliteConnection.Open(store, SqliteOpenMode.ReadWrite);
            db.SetBusyTimeout(BusyTimeout);
            db.Execute(DropTable);
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
            bool isBackup = IsBackup(file);
            using SqliteConnection db = SqliteConnection.Open(file, SqliteOpenMode.ReadOnly);
            if (isBackup && db.ScalarString("PRAGMA quick_check(1)") is "ok" && db.ScalarBytes("SELECT identity FROM backup") is { } identity)
                return identity;
            throw new StoreException(isBackup ? $"The backup {file} is damaged. Nothing was restored." : $"{file} is no Defms backup.");
        }
        catch (SqliteException e)
        {
            throw new StoreException($"{file} is no Defms backup, or it is damaged: {e.Message}", e);
        }
    }

    private static bool IsBackup(string file)
    {
        using SqliteConnection db = SqliteConnection.Open(file, SqliteOpenMode.ReadOnly);
        return db.ScalarLong("PRAGMA application_id") == SchemaMigrations.ApplicationId
            && db.ScalarLong("SELECT 1 FROM sqlite_schema WHERE name = 'backup'") == 1;
    }

    /// <summary>Copies a database in one state of it, changes the copy, and gives it its name when it is durable.</summary>
    private static void Copy(string from, SqliteOpenMode mode, string to, Action<SqliteConnection> change)
    {
        // Always under one name, so that what a killed program left is written over; whoever writes it holds it.
        string temporary = $"{to}.tmp";
        using FileStream turn = MakeEmpty(temporary);
        try
        {
            using (SqliteConnection source = SqliteConnection.Open(from, mode))
            {
                source.SetBusyTimeout(BusyTimeout);
                source.Execute("VACUUM INTO ?1", temporary);
            }
            using (SqliteConnection copy = SqliteConnection.Open(temporary, SqliteOpenMode.ReadWrite))
                change(copy);
            FileSync.File(turn.SafeFileHandle, temporary);
            File.Move(temporary, to, overwrite: true);
            FileSync.Folder(Path.GetDirectoryName(to)!);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>SQLite fills an empty file, which has the mode that only the owner may read. While it is open no other program makes it.</summary>
    private static FileStream MakeEmpty(string path)
    {
        // Emptied when it is held, not before: it may be another program's.
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = DurableFile.OwnerFile;
        var file = new FileStream(path, options);
        file.SetLength(0);
        foreach (string end in (ReadOnlySpan<string>)["-journal", "-wal", "-shm"])
            File.Delete(path + end);
        return file;
    }
}
