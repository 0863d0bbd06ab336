using System.Security.Cryptography;
using System.Text;
using Defms.Core.Mime;

namespace Defms.Core.Mailboxes;

/// <summary>
/// Joins an answer that names nothing it answers with the mail of the same subject, in the view only: it says "Re:", one wrote to or
/// heard from the other, and they are at most 30 days apart.
/// </summary>
public static class SubjectJoin
{
    /// <summary>Mails of one subject that are looked at; a machine's daily "Re: report" has thousands.</summary>
    private const int MaxPeers = 50;

    private const long Window = 30L * 24 * 60 * 60 * 1000;

    /// <summary>
    /// 63 bits of the subject without its marks of answering; the lowest bit says that this is an answer which names nothing. Null where
    /// there is no subject, and for an answer that does name something, which is joined by that.
    /// </summary>
    public static long? KeyOf(MailMessage mail)
    {
        string subject = mail.Subject ?? "";
        string common = SubjectText.Base(subject);
        bool isAnswer = common.Length < subject.Trim().Length;
        bool namesNothing = mail.References.Count == 0 && FilingId.Answered(mail) is null;
        if (common.Length == 0 || (isAnswer && !namesNothing))
            return null;
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(common.ToLowerInvariant()));
        return (BitConverter.ToInt64(digest) & ~1L) | (isAnswer ? 1L : 0L);
    }

    /// <summary>The threads whose mail this one shows with, by subject.</summary>
    public static IEnumerable<long> ThreadsOf(IMailTables tables, MessageRow row)
    {
        if (row.SubjectKey is not { } key)
            return [];
        bool isAnswer = (key & 1) != 0;
        IEnumerable<MessageRow> peers = isAnswer
            ? tables.Messages.WithSubject(key & ~1L, row.Date - Window, row.Date, MaxPeers)
            : tables.Messages.WithSubject(key | 1L, row.Date, row.Date + Window, MaxPeers);
        return peers.Where(peer => peer.Cid != row.Cid && HasCommonPerson(row, peer)).Select(peer => peer.Thread).Distinct();
    }

    /// <summary>The writer of one wrote, or was written to, in the other. That both came to the same reader says nothing.</summary>
    private static bool HasCommonPerson(MessageRow one, MessageRow other) =>
        Addresses(one.From).Overlaps(Addresses(other.From, other.To, other.Cc)) || Addresses(other.From).Overlaps(Addresses(one.To, one.Cc));

    /// <summary>Every address in fields as the index has them.</summary>
    private static HashSet<string> Addresses(params ReadOnlySpan<string> fields)
    {
        HashSet<string> found = [];
        foreach (string field in fields)
            found.UnionWith(AddressList.Parse(field).Mailboxes.Select(name => name.Address.Canonical));
        return found;
    }
}
