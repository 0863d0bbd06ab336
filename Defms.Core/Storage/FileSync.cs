using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Defms.Core.Storage;

/// <summary>
/// Pushes a file or a folder to the disk and says whether that succeeded. The runtime's own ways swallow the error of fsync and do not sync
/// folders, without which a power cut undoes a rename.
/// </summary>
internal static unsafe partial class FileSync
{
    private const int Interrupted = 4;
    private const int InvalidArgument = 22;

    /// <summary>F_FULLFSYNC of macOS, whose fsync leaves the bytes in the drive's cache.</summary>
    private const int FullSync = 51;

    private static readonly int NotSupported = OperatingSystem.IsMacOS() ? 45 : 95;
    private static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x0100_0000 : 0x0008_0000;

    /// <exception cref="IOException">The disk did not take the bytes; what it has of them is unknown.</exception>
    internal static void File(SafeFileHandle file, string path)
    {
        bool synced = OperatingSystem.IsWindows() ? FlushFileBuffers(file) != 0 : TrySync(Descriptor(file));
        GC.KeepAlive(file);
        if (!synced) throw Failure(path);
    }

    /// <summary>Makes the names in a folder durable. Windows keeps names in its own journal and has no such call.</summary>
    /// <exception cref="IOException">The disk did not take them.</exception>
    internal static void Folder(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        int descriptor;
        fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(path + '\0')) descriptor = open(name, CloseOnExec);
        if (descriptor < 0) throw Failure(path);
        try
        {
            if (TrySync(descriptor)) return;
            int error = Marshal.GetLastPInvokeError();

            // Some network and FUSE file systems cannot sync folders; nothing more can be done there.
            if (error != InvalidArgument && error != NotSupported) throw Failure(path);
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    private static int Descriptor(SafeFileHandle file) => (int)file.DangerousGetHandle();

    private static bool TrySync(int descriptor)
    {
        if (OperatingSystem.IsMacOS() && fcntl(descriptor, FullSync) == 0) return true;
        while (fsync(descriptor) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted) return false;
        }

        return true;
    }

    private static IOException Failure(string path) =>
        new($"Cannot write {path} safely to disk: {Marshal.GetLastPInvokeErrorMessage()}.");

    [LibraryImport("libc", SetLastError = true)]
    private static partial int open(byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int FlushFileBuffers(SafeFileHandle file);
}
