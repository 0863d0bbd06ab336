using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Gateway.Authentication;
using Defms.Gateway.Imap;
using Microsoft.Extensions.Logging;

namespace Defms.Gateway.Accounts;

/// <summary>Makes what is fetched from one account at a provider parcels for the owner of an address.</summary>
/// <param name="owner">The address whose owner gets the mail.</param>
/// <param name="host">The provider's server, for the origin.</param>
/// <param name="returns">Null where no mail leaves, so that none comes back.</param>
internal sealed class ImapDelivery(
    AccountDirectory accounts, MailAddress owner, string host, DeliveryPost post, ReturnDesk? returns, MailTally tally, TimeProvider time, ILogger log) : IImapSink
{
    private static readonly (string Flag, char Letter)[] Letters =
    [
        ("\\Draft", 'D'), ("\\Flagged", 'F'), ("$Forwarded", 'P'), ("\\Answered", 'R'), ("\\Seen", 'S'), ("\\Deleted", 'T'),
    ];

    public async ValueTask TakeAsync(FetchedMail mail, CancellationToken cancel)
    {
        Did to = accounts.Current.OwnerOf(owner)
            ?? throw new MailboxException("The address of the account belongs to nobody any more; enter it with 'defms-gateway account add'.");
        if (accounts.NoRoomFor(to) is not null)
            throw new MailboxException("Too much mail waits here for its owner, so no more is fetched until it is less.");
        var arrived = new Arrived(mail.Octets, "", host, TimeOf(mail))
        {
            IsSent = mail.Place.Folder.Role == FolderRole.Sent,
            Flags = FlagsOf(mail),
        };
        await post.PostAsync(to, [owner.ToString()], arrived, cancel);
        if (returns is not null && !arrived.IsSent && IsFromNobody(mail.Octets))
            await returns.NoteAsync(to, null, mail.Octets, cancel);
        tally.CountFetched();
    }

    /// <summary>Later changes of flags and removals at the provider stay there: a parcel brings a mail once.</summary>
    public ValueTask NoteAsync(ImapNote note, CancellationToken cancel)
    {
        if (note is ImapNote.TooLarge large)
            log.LeftBehind(large.Place.Account, large.Size);
        else if (note is ImapNote.Renumbered renumbered)
            log.FetchedAnew(renumbered.Account);
        return default;
    }

    /// <summary>Letters of Maildir in their order; folders for drafts and for what was thrown away speak for their mail.</summary>
    internal static string FlagsOf(FetchedMail mail)
    {
        FolderRole role = mail.Place.Folder.Role;
        return string.Concat(Letters
            .Where(pair => mail.Flags.Contains(pair.Flag, StringComparer.OrdinalIgnoreCase)
                || (pair.Letter == 'D' && role == FolderRole.Drafts) || (pair.Letter == 'T' && role == FolderRole.Trash))
            .Select(pair => pair.Letter));
    }

    /// <summary>Whether it can be a bounce: the provider wrote down MAIL FROM (RFC 5321, 4.4), and it was the null sender, or wrote nothing.</summary>
    private static bool IsFromNobody(ReadOnlyMemory<byte> octets)
    {
        MailHeader header = MailHeader.Read(octets);
        return header.All("Return-Path").All(field => header.Value(field).Span.Trim(" \t\r\n"u8).SequenceEqual("<>"u8));
    }

    /// <summary>When the provider got it; a time before 1970 is a mistake of some import.</summary>
    private DateTimeOffset TimeOf(FetchedMail mail) => mail.Arrived is { } arrived && arrived >= DateTimeOffset.UnixEpoch ? arrived : time.GetUtcNow();
}
