using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes;

/// <summary>A message as a person reads it.</summary>
public sealed record ShownMessage
{
    public required MessageRow Row { get; init; }

    /// <summary>The thread it is in.</summary>
    public required Cid Thread { get; init; }

    /// <summary>The mail, or an empty one while its octets are missing or damaged.</summary>
    public required MailMessage Mail { get; init; }

    /// <summary>Whether the octets are here and whole.</summary>
    public required bool IsWhole { get; init; }

    /// <summary>Whether it is mail of the old world: From says who wrote it, and only the origin's verdict supports that.</summary>
    public bool IsFiled { get; init; }

    /// <summary>What the gateway that brought it saw; null for native and imported mail.</summary>
    public Origin? Origin { get; init; }

    /// <summary>The name the owner knows the author by: of the contact whose key signed it; for filed mail what From says.</summary>
    public required string AuthorName { get; init; }

    /// <summary>Whether the From field names an address that is not the author's: then it is no proof of who wrote this.</summary>
    public required bool IsFromDoubtful { get; init; }

    /// <summary>Whether the author's keys have changed since the thread was made.</summary>
    public required bool IsByOldKey { get; init; }

    /// <summary>How deep it stands in the tree of replies.</summary>
    public int Depth { get; init; }

    /// <summary>How far it has come, for own mail.</summary>
    public IReadOnlyList<DeliveryRow> Deliveries { get; init; } = [];

    /// <summary>What the person put on it, in the order of their keys.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>To whom it went by SMTP, and so in clear for their providers; of mail sent from here.</summary>
    public IEnumerable<string> LeftBySmtp => Deliveries.Where(row => row.IsLegacy).Select(row => row.Address);

    public Did Author => Row.Author;
}

/// <summary>A conversation as a person reads it: several threads as one.</summary>
/// <param name="Thread">The thread with the newest message.</param>
/// <param name="Branches">All threads of the conversation, that one first.</param>
/// <param name="Parties">Everyone who can read any of it, the owner included.</param>
/// <param name="Messages">Each mail once, answers behind what they answer.</param>
public sealed record ShownConversation(ThreadRow Thread, IReadOnlyList<ThreadRow> Branches, IReadOnlyList<Card> Parties, IReadOnlyList<ShownMessage> Messages);
