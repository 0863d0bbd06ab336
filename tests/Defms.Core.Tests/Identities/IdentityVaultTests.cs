using System.Security.Cryptography;
using Defms.Core.Identities;
using Defms.Core.Sealing;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Identities;

public sealed class IdentityVaultTests : IDisposable
{
    private const string Passphrase = "correct horse battery staple";

    // The least that Argon2id takes: what is tested here is not its slowness.
    private static readonly PassphraseCost Cheap = new(1, 8 << 10);

    private readonly Identity identity = Seeds.Identity(Seeds.Counting, 2);

    public void Dispose() => identity.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(Passphrase)]
    [InlineData("x")]
    [InlineData("\u0417\u0434\u0440\u0430\u0432\u0441\u0442\u0432\u0443\u0439 \ud83d\udd11")]
    public void What_was_packed_is_unpacked(string? passphrase)
    {
        byte[] file = IdentityVault.Pack(identity, passphrase, new SeededRandomSource(1), Cheap);
        Assert.Equal(!string.IsNullOrEmpty(passphrase), IdentityVault.IsLocked(file));
        Assert.True(IdentityVault.TryUnpack(file, passphrase, out Identity? found, out string? error), error);
        Assert.Null(error);
        using (found)
        {
            Assert.Equal(identity.Certificate, found.Certificate);
            Assert.Equal(identity.KnownEpochs, found.KnownEpochs);
            Assert.Equal(identity.Export(), found.Export());
            Assert.Equal(identity.Sign([1]), found.Sign([1]));
        }
    }

    [Fact]
    public void A_file_in_clear_opens_whatever_passphrase_is_given()
    {
        byte[] file = IdentityVault.Pack(identity, null, new SeededRandomSource(1));
        Assert.True(IdentityVault.TryUnpack(file, Passphrase, out Identity? found, out _));
        found.Dispose();
    }

    [Fact]
    public void A_wrong_or_missing_passphrase_opens_nothing_and_says_so()
    {
        byte[] file = IdentityVault.Pack(identity, Passphrase, new SeededRandomSource(1), Cheap);
        foreach (string wrong in new[] { "Correct horse battery staple", Passphrase + " ", " ", "x", "\0", new string('p', 100_000), "\ud800" })
            Assert.Equal("The passphrase is wrong, or the identity file was altered.", Refused(file, wrong));
        foreach (string? missing in new[] { null, "" })
            Assert.Contains("locked", Refused(file, missing), StringComparison.Ordinal);
    }

    [Fact]
    public void A_locked_file_shows_no_secret_and_never_the_same_bytes_twice()
    {
        byte[] file = IdentityVault.Pack(identity, Passphrase, RandomSource.System, Cheap);
        byte[] again = IdentityVault.Pack(identity, Passphrase, RandomSource.System, Cheap);
        Assert.NotEqual(file, again);
        foreach (int epoch in identity.KnownEpochs)
            Assert.Equal(-1, file.AsSpan().IndexOf(identity.FilingSecret(epoch)[..8]));
        Assert.Equal(-1, file.AsSpan().IndexOf(identity.Did.Bytes[..8]));
    }

    [Fact]
    public void Every_flipped_bit_is_refused_in_clear()
    {
        byte[] file = IdentityVault.Pack(identity, null, new SeededRandomSource(1));
        EachBit(file, (changed, bit) =>
        {
            Refused(changed, null);
            Assert.False(IdentityVault.IsLocked(changed), $"bit {bit}");
        });
    }

    [Fact]
    public void Every_flipped_bit_is_refused_under_a_passphrase()
    {
        byte[] file = IdentityVault.Pack(identity, Passphrase, new SeededRandomSource(1), Cheap);
        EachBit(file, (changed, _) => Refused(changed, Passphrase));
    }

    [Fact]
    public void A_file_cut_or_lengthened_anywhere_is_refused()
    {
        foreach (string? passphrase in new[] { null, Passphrase })
        {
            byte[] file = IdentityVault.Pack(identity, passphrase, new SeededRandomSource(1), Cheap);
            for (int length = 0; length < file.Length; length++)
                Refused(file[..length], passphrase);
            Refused([.. file, 0], passphrase);
        }
    }

    [Fact]
    public void Changed_files_are_refused_without_an_exception() => Property.Holds(2_000, random =>
    {
        string? passphrase = random.Below(2) == 0 ? null : Passphrase;
        byte[] file = IdentityVault.Pack(identity, passphrase, random, Cheap);
        byte[] mutated = random.Mutate(file);
        if (!mutated.AsSpan().SequenceEqual(file))
            Refused(mutated, passphrase);
    });

    [Theory]
    [InlineData(0, 8 << 10)]
    [InlineData(65, 8 << 10)]
    [InlineData(1, 0)]
    [InlineData(1, (8 << 10) - 1)]
    [InlineData(1, (1 << 30) + 1)]
    [InlineData(1, int.MaxValue)]
    [InlineData(int.MaxValue, 8 << 10)]
    [InlineData(-1, 8 << 10)]
    [InlineData(1, 1L << 40)]
    public void A_file_that_asks_for_too_much_or_too_little_work_is_damaged(int passes, long memory)
    {
        Assert.Contains("damaged", Refused(Locked(RawCbor.Int(memory), RawCbor.Int(passes), new byte[64]), Passphrase), StringComparison.Ordinal);
        if (memory <= int.MaxValue)
            Assert.ThrowsAny<ArgumentException>(() => IdentityVault.Pack(identity, Passphrase, RandomSource.System, new PassphraseCost(passes, (int)memory)));
    }

    [Fact]
    public void A_last_bit_of_memory_that_changes_no_key_is_noticed_all_the_same()
    {
        byte[] file = IdentityVault.Pack(identity, Passphrase, new SeededRandomSource(1), Cheap);
        byte[] changed = [.. file];
        int memory = changed.AsSpan().IndexOf("fmemory"u8) + "fmemory"u8.Length;
        Assert.Equal((byte[])[0x19, 0x20, 0x00], changed[memory..(memory + 3)]);
        changed[memory + 2] = 1;
        Refused(changed, Passphrase);
    }

    [Fact]
    public void Something_locked_that_is_no_identity_is_refused()
    {
        foreach (int length in new[] { 0, 15, 16, 17 })
            Refused(Locked(RawCbor.Int(8 << 10), RawCbor.Int(1), new byte[length]), Passphrase);
    }

    [Fact]
    public void A_file_longer_than_any_identity_is_refused_unread() =>
        Assert.Contains("damaged", Refused(Locked(RawCbor.Int(8 << 10), RawCbor.Int(1), new byte[IdentityVault.MaxFileLength]), Passphrase), StringComparison.Ordinal);

    [Fact]
    public void Secrets_that_do_not_fit_together_are_refused()
    {
        byte[] good = Secrets(3, Seeds.Counting, 2);
        Assert.True(IdentityVault.TryUnpack(Clear(good), null, out Identity? found, out string? error), error);
        found.Dispose();
        Assert.Equal(good, identity.Export());

        Refused(Clear(Secrets(2, Seeds.Counting, 2)), null);
        Refused(Clear(Secrets(4, Seeds.Counting, 2)), null);
        Refused(Clear(Secrets(0, Seeds.Counting, 2)), null);
        Refused(Clear(Secrets(3, Seeds.Hashed, 2)), null);
        Refused(Clear(Secrets(3, Seeds.Counting, 1)), null);
        Refused(Clear(Secrets(3, Seeds.Counting, 2, opening: Seeds.Hashed)), null);
        Refused(Clear(good[..^1]), null);
        Refused(Clear([.. good, 0]), null);
        Refused(Clear([]), null);
    }

    [Fact]
    public void Another_kind_version_or_field_is_refused()
    {
        byte[] secrets = identity.Export();
        (string, byte[])[] fields = [("v", RawCbor.Int(1)), ("kind", RawCbor.Text("defms/identity")), ("check", RawCbor.Bytes(SHA256.HashData(secrets))), ("secrets", RawCbor.Bytes(secrets))];
        Assert.True(IdentityVault.TryUnpack(RawCbor.Map(fields), null, out Identity? found, out _));
        found.Dispose();
        Refused(RawCbor.Map([("v", RawCbor.Int(2)), .. fields[1..]]), null);
        Refused(RawCbor.Map([fields[0], ("kind", RawCbor.Text("defms/card")), .. fields[2..]]), null);
        Refused(RawCbor.Map([.. fields[..2], ("note", RawCbor.Int(1)), .. fields[2..]]), null);
        Refused(RawCbor.Map([.. fields, ("zzzzzzzz", RawCbor.Int(1))]), null);
        Refused(RawCbor.Map([.. fields[..2], .. fields[3..]]), null);
        Refused(RawCbor.Map(fields[..3]), null);
    }

    private static string Refused(byte[] file, string? passphrase)
    {
        Assert.False(IdentityVault.TryUnpack(file, passphrase, out Identity? identity, out string? error));
        Assert.Null(identity);
        // What is said to the person holds nothing of the file.
        Assert.Contains(error, (string[])["The identity file is damaged; restore it from a backup, or recover with the recovery code.",
            "The identity is locked; give its passphrase on the terminal or in DEFMS_PASSPHRASE.", "The passphrase is wrong, or the identity file was altered."]);
        return error;
    }

    private static void EachBit(byte[] file, Action<byte[], int> check)
    {
        for (int bit = 0; bit < file.Length * 8; bit++)
        {
            byte[] changed = [.. file];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            check(changed, bit);
        }
    }

    private static byte[] Clear(byte[] secrets) => RawCbor.Map(("v", RawCbor.Int(1)), ("kind", RawCbor.Text("defms/identity")),
        ("check", RawCbor.Bytes(SHA256.HashData(secrets))), ("secrets", RawCbor.Bytes(secrets)));

    private static byte[] Locked(byte[] memory, byte[] passes, byte[] locked) => RawCbor.Map(("v", RawCbor.Int(1)), ("kind", RawCbor.Text("defms/identity")),
        ("salt", RawCbor.Bytes(new byte[16])), ("nonce", RawCbor.Bytes(new byte[24])), ("locked", RawCbor.Bytes(locked)), ("memory", memory), ("passes", passes));

    /// <summary>Secrets of the counting seed: so many epochs' opening keys (or another seed's), the signing key of some seed's epoch 2, and an epoch's certificate.</summary>
    private static byte[] Secrets(int epochs, byte[] signingSeed, int certified, byte[]? opening = null)
    {
        CardRecipe recipe = new(Seeds.Counting, certified);
        CardRecipe opener = new(opening ?? Seeds.Counting);
        byte[][] keys = [.. Enumerable.Range(0, epochs).Select(epoch => RawCbor.Map(
            ("filing", RawCbor.Bytes(opener.Expand($"defms/1 epoch {epoch} filing"))), ("sealing", RawCbor.Bytes(opener.Expand($"defms/1 epoch {epoch} sealing")))))];
        byte[] signing = new CardRecipe(signingSeed).Expand("defms/1 epoch 2 signing");
        return RawCbor.Map(("epochs", RawCbor.Array(keys)), ("signing", RawCbor.Bytes(signing)), ("certificate", recipe.Certificate()));
    }
}
