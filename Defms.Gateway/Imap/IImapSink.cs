namespace Defms.Gateway.Imap;

/// <summary>Which mail of which account: the name that a server has for it.</summary>
/// <param name="Account">The account's <see cref="ImapAccount.Name"/>.</param>
public readonly record struct MailPlace(string Account, ImapFolder Folder, uint UidValidity, uint Uid);

/// <summary>A mail as the server gave it.</summary>
/// <param name="Flags">System flags with their backslash and keywords, as the server wrote them; <c>\Recent</c> is left out.</param>
/// <param name="Arrived">INTERNALDATE; null where the server gave none that can be read.</param>
/// <param name="Octets">The exact octets; they belong to whoever takes the mail.</param>
public sealed record FetchedMail(MailPlace Place, IReadOnlyList<string> Flags, DateTimeOffset? Arrived, byte[] Octets);

/// <summary>Something about mail at the origin that is no new mail.</summary>
public abstract record ImapNote
{
    /// <summary>Flags changed after the mail was taken. May be told again, and for a mail that was never taken.</summary>
    public sealed record FlagsChanged(MailPlace Place, IReadOnlyList<string> Flags) : ImapNote;

    /// <summary>Mails are no longer in the folder; some of them may never have been taken.</summary>
    public sealed record Vanished(string Account, ImapFolder Folder, uint UidValidity, UidSet Uids) : ImapNote;

    /// <summary>A mail is larger than the limit. It stays where it is and is not asked for again.</summary>
    public sealed record TooLarge(MailPlace Place, long Size) : ImapNote;

    /// <summary>The server lists a mail and does not give it; it is asked for again in the next pass.</summary>
    public sealed record NotGiven(MailPlace Place, string Reason) : ImapNote;

    /// <summary>The server numbers the folder anew, so all of it is fetched again; what is equal by octets is the same mail.</summary>
    public sealed record Renumbered(string Account, ImapFolder Folder, uint UidValidity) : ImapNote;
}

/// <summary>Takes fetched mail into its care. Called from several tasks at once.</summary>
public interface IImapSink
{
    /// <summary>
    /// Returns only when the mail is durably stored; then it may be removed at its origin. Many calls are under way at a time, so a sink may
    /// store them together, but must not wait for further ones. A mail comes again after a crash or when the server numbers anew: equal
    /// octets are to be stored once. An exception ends the pass; the mail comes again in a later one.
    /// </summary>
    ValueTask TakeAsync(FetchedMail mail, CancellationToken cancel);

    /// <summary>Hears of a change. An exception ends the pass; the change is told again in a later one, except <see cref="ImapNote.Renumbered"/>.</summary>
    ValueTask NoteAsync(ImapNote note, CancellationToken cancel);
}
