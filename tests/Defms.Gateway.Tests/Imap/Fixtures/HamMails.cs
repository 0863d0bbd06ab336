using System.Runtime.CompilerServices;

namespace Defms.Gateway.Tests.Imap.Fixtures;

/// <summary>Real mails from the test data beside the repository (or in DEFMS_SHARED), with LF as line end.</summary>
internal static class HamMails
{
    /// <summary>The first <paramref name="count"/>; skips the test where they are absent.</summary>
    public static IReadOnlyList<byte[]> Take(int count)
    {
        string shared = Environment.GetEnvironmentVariable("DEFMS_SHARED") ?? Path.Combine(Repository(), "..", "shared");
        string folder = Path.GetFullPath(Path.Combine(shared, "testdata", "mail", "easy-ham-1"));
        Assert.SkipUnless(Directory.Exists(folder), $"test data folder {folder} is absent");
        return [.. Directory.EnumerateFiles(folder, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(count).Select(File.ReadAllBytes)];
    }

    /// <summary>A mail as IMAP carries it: every line ends with CRLF.</summary>
    public static byte[] OnTheWire(byte[] mail)
    {
        var wire = new List<byte>(mail.Length + 100);
        for (int i = 0; i < mail.Length; i++)
        {
            if (mail[i] == '\n' && (i == 0 || mail[i - 1] != '\r'))
                wire.Add((byte)'\r');
            wire.Add(mail[i]);
        }
        return [.. wire];
    }

    private static string Repository([CallerFilePath] string thisFile = "")
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Defms.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../../.."));
    }
}
