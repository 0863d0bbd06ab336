using Defms.Core.Sealing;

namespace Defms.Core.Tests.Sealing;

public sealed class SodiumTests
{
    [Fact]
    public void A_machine_without_the_library_is_told_which_package_to_install()
    {
        NativeLibraryMissingException missing =
            Assert.Throws<NativeLibraryMissingException>(() => Sodium.Load(["libsodium.so.of.no.machine", "libsodium.of.no.machine.dll"]));

        Assert.StartsWith("libsodium is not installed. Install it: libsodium23 on Debian", missing.Message, StringComparison.Ordinal);
        Assert.Contains("libsodium on Fedora", missing.Message, StringComparison.Ordinal);
        Assert.Contains("brew install libsodium", missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.0.17")]
    [InlineData("0.9.99")]
    [InlineData("unheard of")]
    [InlineData(null)]
    public void An_older_library_is_refused_by_name(string? version)
    {
        NativeLibraryMissingException old = Assert.Throws<NativeLibraryMissingException>(() => Sodium.RefuseOlder(version));
        Assert.Contains("libsodium 1.0.18 or newer", old.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.0.18")]
    [InlineData("1.0.20")]
    [InlineData("1.1.0")]
    public void The_tested_version_and_newer_ones_are_taken(string version) => Assert.Null(Record.Exception(() => Sodium.RefuseOlder(version)));

    [Fact]
    public void The_hash_state_has_the_size_that_its_caller_reserves()
    {
        Sodium.Require();
        Assert.Equal((nuint)KeyedBlake2b.StateLength, Sodium.crypto_generichash_statebytes());
    }
}
