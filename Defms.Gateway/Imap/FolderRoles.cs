using System.Text;

namespace Defms.Gateway.Imap;

/// <summary>How servers say what a folder is for.</summary>
internal static class FolderRoles
{
    private static readonly Dictionary<string, FolderRole> Attributes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["\\All"] = FolderRole.All,
        ["\\AllMail"] = FolderRole.All,
        ["\\Archive"] = FolderRole.Archive,
        ["\\Drafts"] = FolderRole.Drafts,
        ["\\Flagged"] = FolderRole.Flagged,
        ["\\Important"] = FolderRole.Important,
        ["\\Junk"] = FolderRole.Junk,
        ["\\Sent"] = FolderRole.Sent,
        ["\\Trash"] = FolderRole.Trash,
    };

    /// <summary>The last part of the name, for servers that know no roles.</summary>
    private static readonly Dictionary<string, FolderRole> CommonNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Deleted Items"] = FolderRole.Trash,
        ["Deleted Messages"] = FolderRole.Trash,
        ["Drafts"] = FolderRole.Drafts,
        ["Junk"] = FolderRole.Junk,
        ["Junk E-mail"] = FolderRole.Junk,
        ["Sent"] = FolderRole.Sent,
        ["Sent Items"] = FolderRole.Sent,
        ["Sent Messages"] = FolderRole.Sent,
        ["Spam"] = FolderRole.Junk,
        ["Trash"] = FolderRole.Trash,
    };

    public static FolderRole OfAttribute(ReadOnlySpan<byte> attribute) => Attributes.GetValueOrDefault(Encoding.Latin1.GetString(attribute));

    public static bool IsInbox(string name) => name.Equals("INBOX", StringComparison.OrdinalIgnoreCase);

    /// <summary>Gives folders their role by name, where the server gave none of them one.</summary>
    /// <param name="separator">Between the levels of a name; null where there are none.</param>
    public static IEnumerable<ImapFolder> Guess(IReadOnlyList<ImapFolder> folders, char? separator) =>
        folders.Any(folder => folder.Role is not (FolderRole.None or FolderRole.Inbox))
            ? folders
            : folders.Select(folder => folder.Role == FolderRole.Inbox ? folder : folder with { Role = OfName(folder.Name, separator) });

    private static FolderRole OfName(string name, char? separator) =>
        CommonNames.GetValueOrDefault(separator is { } mark ? name[(name.LastIndexOf(mark) + 1)..] : name);
}
