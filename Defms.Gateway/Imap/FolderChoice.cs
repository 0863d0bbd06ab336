namespace Defms.Gateway.Imap;

/// <summary>Which folders of an account are fetched.</summary>
public sealed record FolderChoice
{
    /// <summary>
    /// Views of mail that lies in other folders too, what the person threw away, what the provider holds for unwanted, and what is not yet
    /// written to the end.
    /// </summary>
    private static readonly FolderRole[] LeftOutByDefault =
        [FolderRole.All, FolderRole.Flagged, FolderRole.Important, FolderRole.Junk, FolderRole.Trash, FolderRole.Drafts];

    /// <summary>Every folder except those with a role in <see cref="LeftOut"/>.</summary>
    public static FolderChoice Default { get; } = new();

    /// <summary>The names of the folders to fetch, whatever their role; null for all.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>
    /// Roles not fetched when <see cref="Names"/> is null. Where a provider keeps archived mail only in its folder of all mail (Gmail), taking
    /// <see cref="FolderRole.All"/> out of this list brings it; what also lies elsewhere is then fetched twice and stored once.
    /// </summary>
    public IReadOnlyList<FolderRole> LeftOut { get; init; } = LeftOutByDefault;

    public bool Takes(ImapFolder folder) =>
        Names is null ? !LeftOut.Contains(folder.Role) : Names.Any(folder.IsCalled);
}
