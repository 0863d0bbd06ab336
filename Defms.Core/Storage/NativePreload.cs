using System.Security.Cryptography;
using Defms.Core.Sealing;

namespace Defms.Core.Storage;

/// <summary>Loads the native libraries while the program still reads its command line: on a second core that makes short commands quicker.</summary>
public static class NativePreload
{
    /// <summary>Returns at once. What fails here fails again, with its words, where the library is used.</summary>
    public static void Begin() => new System.Threading.Thread(Load) { IsBackground = true }.Start();

    private static void Load()
    {
        try
        {
            SqliteLibrary.Load();
            Sodium.Require();
            SHA256.HashData([]);
        }
        catch (Exception e) when (e is NativeLibraryMissingException or StoreException or CryptographicException or InvalidOperationException)
        {
            // Said by whoever needs it.
        }
    }
}
