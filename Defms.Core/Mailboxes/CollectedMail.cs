using Defms.Core.Blocks;

namespace Defms.Core.Mailboxes;

/// <summary>A mail found in some file, or the reason why none could be read there.</summary>
public sealed record CollectedMail
{
    /// <summary>Where it was found, for the person: a path, and for files of many mails the place in it.</summary>
    public required string Place { get; init; }

    /// <summary>Its exact octets; empty where there is a <see cref="Fault"/>.</summary>
    public byte[] Octets { get; init; } = [];

    /// <summary>What the other program knew of it; null where only the mail's own Status fields say.</summary>
    public MessageFlags? Flags { get; init; }

    /// <summary>Why it cannot be read, as a sentence; null when it could.</summary>
    public string? Fault { get; init; }

    /// <summary>How many octets of the files have been read so far, for the progress.</summary>
    public long Position { get; init; }
}

/// <summary>How far filing has come.</summary>
/// <param name="Position">Octets of the files read.</param>
public readonly record struct FilingProgress(long Imported, long AlreadyHere, long Unreadable, long Position);

/// <summary>What could not be read, and where.</summary>
public sealed record UnreadableMail(string Place, string Reason);

/// <summary>What came of an import.</summary>
/// <param name="Unreadable">How many could not be read.</param>
/// <param name="Faults">The first of them.</param>
public sealed record FilingResult(long Imported, long AlreadyHere, long Unreadable, IReadOnlyList<UnreadableMail> Faults);
