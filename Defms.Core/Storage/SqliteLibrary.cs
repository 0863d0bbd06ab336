using System.Runtime.InteropServices;

namespace Defms.Core.Storage;

/// <summary>Finds libsqlite3 under the name that this platform gives it and makes it answer to <see cref="ImportName"/>.</summary>
internal static class SqliteLibrary
{
    /// <summary>The name in the LibraryImport attributes. No file has it, so that only <see cref="FileNames"/> decide.</summary>
    internal const string ImportName = "defms-sqlite3";

    /// <summary>3.40.0, the oldest version that the store is tested with (Debian 12).</summary>
    internal const int OldestVersion = 3_040_000;

    private const string Packages = "Debian/Ubuntu: libsqlite3-0, Fedora: sqlite-libs, macOS: brew install sqlite";

    private static readonly string[] FileNames =
        OperatingSystem.IsWindows() ? ["sqlite3.dll", "winsqlite3.dll"]
        : OperatingSystem.IsMacOS() ?
        [
            "/opt/homebrew/opt/sqlite/lib/libsqlite3.dylib", "/usr/local/opt/sqlite/lib/libsqlite3.dylib",
            "libsqlite3.0.dylib", "libsqlite3.dylib",
        ]
        : ["libsqlite3.so.0", "libsqlite3.so"];

    private static readonly Lock Loading = new();
    private static bool loaded;

    /// <summary>Loads the library on the first call.</summary>
    /// <exception cref="NativeLibraryMissingException">None of the names is on this machine.</exception>
    /// <exception cref="StoreException">The library is older than <see cref="OldestVersion"/>.</exception>
    internal static void Load()
    {
        lock (Loading)
        {
            if (!loaded) NativeLibraries.Bind(ImportName, LoadFirst(FileNames));
            loaded = true;
        }

        int version = Sqlite.sqlite3_libversion_number();
        if (version >= OldestVersion) return;
        throw new StoreException(
            $"libsqlite3 {version / 1_000_000}.{version / 1000 % 1000} is too old, Defms needs 3.40 or newer. Update it: {Packages}.");
    }

    /// <summary>Full-text search needs FTS5, which a distribution may leave out of its build.</summary>
    /// <exception cref="StoreException">FTS5 is not compiled into the library.</exception>
    internal static unsafe void RequireFullText()
    {
        fixed (byte* option = "ENABLE_FTS5\0"u8)
        {
            if (Sqlite.sqlite3_compileoption_used(option) == 0)
                throw new StoreException($"The libsqlite3 of this machine was built without FTS5. Install one that has it: {Packages}.");
        }
    }

    /// <summary>The handle of the first of <paramref name="fileNames"/> that loads.</summary>
    /// <exception cref="NativeLibraryMissingException">None does.</exception>
    internal static nint LoadFirst(IEnumerable<string> fileNames)
    {
        foreach (string name in fileNames)
        {
            if (NativeLibrary.TryLoad(name, out nint handle)) return handle;
        }

        throw new NativeLibraryMissingException("libsqlite3", Packages);
    }
}
