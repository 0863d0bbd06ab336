using Defms.Core.Mailboxes;

namespace Defms.Core.Storage;

/// <summary>
/// Names in Maildir folders (cr.yp.to/proto/maildir.html): what lies in <c>cur</c> and <c>new</c>, and the letters behind ":2,".
/// </summary>
public static class Maildir
{
    private const string FlagMark = ":2,";

    // Windows and FAT take no colon; programs there write one of these.
    private static readonly string[] FlagMarks = [FlagMark, ";2,", "!2,", "\uF0222,"];

    /// <summary>Whether a folder is a Maildir.</summary>
    public static bool Is(string folder) => Directory.Exists(Path.Combine(folder, "cur")) && Directory.Exists(Path.Combine(folder, "new"));

    /// <summary>The flags that a file's name carries; mail in <c>new</c> has none.</summary>
    public static MessageFlags FlagsOf(string fileName)
    {
        foreach (string mark in FlagMarks)
        {
            int at = fileName.LastIndexOf(mark, StringComparison.Ordinal);
            if (at >= 0)
                return FilingFlags.FromLetters(fileName.AsSpan(at + mark.Length));
        }
        return MessageFlags.None;
    }

    /// <summary>The name of a file in <c>cur</c>.</summary>
    /// <param name="unique">What tells it from all others, without '/', ':' and ','.</param>
    public static string NameOf(string unique, MessageFlags flags) => unique + FlagMark + FilingFlags.ToLetters(flags);
}
