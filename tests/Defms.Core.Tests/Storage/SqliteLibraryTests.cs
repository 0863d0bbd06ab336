using Defms.Core.Storage;

namespace Defms.Core.Tests.Storage;

public sealed class SqliteLibraryTests
{
    [Fact]
    public void A_missing_library_is_told_with_the_package_to_install()
    {
        NativeLibraryMissingException e = Assert.Throws<NativeLibraryMissingException>(() => SqliteLibrary.LoadFirst(["libdefms-nowhere.so.0"]));
        Assert.Equal(
            "libsqlite3 is not installed. Install it: Debian/Ubuntu: libsqlite3-0, Fedora: sqlite-libs, macOS: brew install sqlite.", e.Message);
    }

    [Fact]
    public void A_name_that_does_not_load_gives_way_to_the_next()
    {
        string present = OperatingSystem.IsWindows() ? "winsqlite3.dll" : OperatingSystem.IsMacOS() ? "libsqlite3.dylib" : "libsqlite3.so.0";
        Assert.NotEqual(0, SqliteLibrary.LoadFirst(["libdefms-nowhere.so.0", present]));
    }
}
