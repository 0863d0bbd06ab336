using System.Runtime.InteropServices;

namespace Defms.Core.Sealing;

/// <summary>
/// The binding to libsodium, as the C headers declare it: no lengths are checked here. Whoever calls a native function calls
/// <see cref="Require"/> first, and hands over spans of exactly the sizes the function reads and writes.
/// </summary>
internal static partial class Sodium
{
    private const string Library = "libsodium";
    private const string Packages =
        "libsodium23 on Debian and Ubuntu, libsodium on Fedora, \"brew install libsodium\" on macOS, libsodium.dll beside the program on Windows";

    /// <summary>Debian 12's version, and the first with every function below in the form used here.</summary>
    private static readonly Version Oldest = new(1, 0, 18);

    private static readonly Lock Gate = new();
    private static volatile bool ready;

    /// <summary>Loads and initialises the library on the first call; later calls cost one comparison.</summary>
    /// <exception cref="NativeLibraryMissingException">The library is absent or older than 1.0.18.</exception>
    internal static void Require()
    {
        if (!ready)
            Start();
    }

    /// <summary>Loads the first of <paramref name="fileNames"/> that this machine has.</summary>
    /// <exception cref="NativeLibraryMissingException">It has none of them.</exception>
    internal static nint Load(ReadOnlySpan<string> fileNames)
    {
        foreach (string name in fileNames)
        {
            if (NativeLibrary.TryLoad(name, typeof(Sodium).Assembly, null, out nint handle))
                return handle;
        }
        throw new NativeLibraryMissingException(Library, Packages);
    }

    /// <summary>Refuses a version whose functions or verdicts could differ from those Defms was tested with.</summary>
    internal static void RefuseOlder(string? installed)
    {
        if (!Version.TryParse(installed, out Version? version) || version < Oldest)
            throw new NativeLibraryMissingException($"{Library} {Oldest} or newer (this machine has {installed ?? "an unknown one"})", Packages);
    }

    private static void Start()
    {
        lock (Gate)
        {
            if (ready)
                return;
            nint handle = Load(FileNames());
            NativeLibraries.Bind(Library, handle);
            if (sodium_init() < 0)
                throw new InvalidOperationException("libsodium could not be initialised: the system has no source of random bytes.");
            RefuseOlder(Marshal.PtrToStringUTF8(sodium_version_string()));
            ready = true;
        }
    }

    private static string[] FileNames()
    {
        if (OperatingSystem.IsWindows())
            return ["libsodium.dll"];
        if (OperatingSystem.IsMacOS())
            return ["libsodium.dylib", "/opt/homebrew/lib/libsodium.dylib", "/usr/local/lib/libsodium.dylib"];
        return ["libsodium.so.23", "libsodium.so.26", "libsodium.so"];
    }

    [LibraryImport(Library)]
    private static partial int sodium_init();

    [LibraryImport(Library)]
    private static partial nint sodium_version_string();

    [LibraryImport(Library)]
    internal static partial int crypto_sign_seed_keypair(Span<byte> publicKey, Span<byte> secretKey, ReadOnlySpan<byte> seed);

    [LibraryImport(Library)]
    internal static partial int crypto_sign_detached(
        Span<byte> signature, nint signatureLength, ReadOnlySpan<byte> message, ulong messageLength, ReadOnlySpan<byte> secretKey);

    [LibraryImport(Library)]
    internal static partial int crypto_sign_verify_detached(
        ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ulong messageLength, ReadOnlySpan<byte> publicKey);

    [LibraryImport(Library)]
    internal static partial int crypto_scalarmult_base(Span<byte> point, ReadOnlySpan<byte> scalar);

    [LibraryImport(Library)]
    internal static partial int crypto_scalarmult(Span<byte> shared, ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point);

    [LibraryImport(Library)]
    internal static partial int crypto_box_seal(
        Span<byte> sealedBox, ReadOnlySpan<byte> message, ulong messageLength, ReadOnlySpan<byte> publicKey);

    [LibraryImport(Library)]
    internal static partial int crypto_box_seal_open(
        Span<byte> message, ReadOnlySpan<byte> sealedBox, ulong sealedLength, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> secretKey);

    [LibraryImport(Library)]
    internal static partial int crypto_aead_xchacha20poly1305_ietf_encrypt(
        Span<byte> ciphertext, nint ciphertextLength, ReadOnlySpan<byte> message, ulong messageLength,
        ReadOnlySpan<byte> associated, ulong associatedLength, nint unusedSecretNonce, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key);

    [LibraryImport(Library)]
    internal static partial int crypto_aead_xchacha20poly1305_ietf_decrypt(
        Span<byte> message, nint messageLength, nint unusedSecretNonce, ReadOnlySpan<byte> ciphertext, ulong ciphertextLength,
        ReadOnlySpan<byte> associated, ulong associatedLength, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key);

    [LibraryImport(Library)]
    internal static unsafe partial int crypto_generichash_init(byte* state, ReadOnlySpan<byte> key, nuint keyLength, nuint hashLength);

    [LibraryImport(Library)]
    internal static unsafe partial int crypto_generichash_update(byte* state, ReadOnlySpan<byte> message, ulong messageLength);

    [LibraryImport(Library)]
    internal static unsafe partial int crypto_generichash_final(byte* state, Span<byte> hash, nuint hashLength);

    [LibraryImport(Library)]
    internal static partial nuint crypto_generichash_statebytes();

    [LibraryImport(Library)]
    internal static partial int crypto_pwhash(
        Span<byte> key, ulong keyLength, ReadOnlySpan<byte> passphrase, ulong passphraseLength, ReadOnlySpan<byte> salt,
        ulong passes, nuint memoryBytes, int algorithm);
}
