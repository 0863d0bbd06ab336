namespace Defms.Gateway.Imap;

/// <summary>What a folder is for (RFC 6154; <see cref="Important"/> RFC 8457).</summary>
public enum FolderRole
{
    None,
    Inbox,
    All,
    Archive,
    Drafts,
    Flagged,
    Important,
    Junk,
    Sent,
    Trash,
}

/// <summary>A folder of an account.</summary>
/// <param name="Name">As the person knows it, in Unicode, with the server's own separator.</param>
/// <param name="Role">By the server's word; where it knows no roles, by a few common names.</param>
public sealed record ImapFolder(string Name, FolderRole Role)
{
    /// <summary>The name as the server wrote it, an octet a character.</summary>
    internal string WireName { get; init; } = Name;

    /// <summary>Whether a name means this folder; INBOX has no case (RFC 3501, 5.1).</summary>
    public bool IsCalled(string name) =>
        string.Equals(name, Name, Role == FolderRole.Inbox ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
}
