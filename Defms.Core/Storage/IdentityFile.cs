using System.Security.Cryptography;
using Defms.Core.Replication;
using Defms.Core.Storage.Tables;

namespace Defms.Core.Storage;

/// <summary>
/// How the identity file of a home changes together with its store, wherever the machine stops (docs/formats/identity-file.md, "Replacement"): the new one
/// is written beside it, durable, and the transaction that needs it names it by its digest. It takes the place of the old one once that
/// is committed, at the latest when the home is opened the next time.
/// </summary>
internal static class IdentityFile
{
    internal const string Name = "identity";
    internal const string NextName = "identity.next";

    /// <summary>SHA-256 of the newest identity file that this store's rows go with.</summary>
    private const string NextSetting = "identity.next";

    /// <summary>In the transaction that other keys go with: has the file follow when it is committed.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    internal static void Prepare(string folder, ReadOnlySpan<byte> file, IReplicationTables tables)
    {
        WriteNext(folder, file);
        tables.Settings.SetBytes(NextSetting, SHA256.HashData(file));
    }

    /// <summary>Puts a prepared file in its place if its transaction came to be, and removes it if not.</summary>
    internal static void Settle(string folder, SqliteStore store)
    {
        string next = Path.Combine(folder, NextName);
        if (!File.Exists(next)) return;
        // Whoever prepares one holds the store's write lock until its transaction has ended.
        store.Write(tables =>
        {
            // Another process may have been faster.
            if (!File.Exists(next)) return false;
            if (SHA256.HashData(File.ReadAllBytes(next)).AsSpan().SequenceEqual(tables.Settings.GetBytes(NextSetting)))
                TakePlace(folder);
            else
                File.Delete(next);
            return true;
        });
    }

    /// <summary>Makes the first one, whole and durable, of which no transaction depends.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    internal static void WriteFirst(string folder, ReadOnlySpan<byte> file)
    {
        WriteNext(folder, file);
        TakePlace(folder);
    }

    /// <summary>The files that are there: the one in its place, and one that may take it.</summary>
    internal static IEnumerable<byte[]> All(string folder) =>
        new[] { Name, NextName }.Select(name => Path.Combine(folder, name)).Where(File.Exists).Select(File.ReadAllBytes);

    /// <summary>The one that a store's rows go with. Where it names none, its keys were never replaced: it is the first that was read.</summary>
    /// <exception cref="StoreException">It is none of these.</exception>
    internal static byte[] Choose(SqliteConnection store, IReadOnlyList<byte[]> files)
    {
        using var scope = new TableScope(store);
        byte[]? digest = new SettingTable(scope).GetBytes(NextSetting);
        return digest is null ? files[0] : files.FirstOrDefault(file => SHA256.HashData(file).AsSpan().SequenceEqual(digest))
            ?? throw new StoreException("The keys of this home are being replaced at this moment. Try again.");
    }

    /// <summary>Always under one name, so that what a killed program left is written over.</summary>
    private static void WriteNext(string folder, ReadOnlySpan<byte> file)
    {
        string next = Path.Combine(folder, NextName);
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = DurableFile.OwnerFile;
        using FileStream stream = new(next, options);
        stream.Write(file);
        FileSync.File(stream.SafeFileHandle, next);
        FileSync.Folder(folder);
    }

    private static void TakePlace(string folder)
    {
        File.Move(Path.Combine(folder, NextName), Path.Combine(folder, Name), overwrite: true);
        FileSync.Folder(folder);
    }
}
