using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes;

/// <summary>Reads one conversation out of a store, for showing or answering.</summary>
public sealed class ConversationReader(IMailTables tables, Did self)
{
    private readonly Dictionary<Did, Card?> known = [];

    /// <summary>Everything of the conversation but what the person deleted.</summary>
    public ShownConversation Read(long conversation)
    {
        IReadOnlyList<ThreadRow> rows = tables.Threads.InConversation(conversation);
        ConversationRow? listed = tables.Conversations.Find(conversation);
        var messages = new List<ShownMessage>();
        var parties = new Dictionary<Did, Card>();
        foreach (ThreadRow row in rows)
        {
            using Threads.Thread thread = ThreadAccess.Open(tables, row);
            foreach (Card party in thread.Genesis.Parties)
                parties.TryAdd(party.Identity, Newest(party));
            messages.AddRange(ReadThread(row, thread));
        }
        ThreadRow newest = rows.FirstOrDefault(row => row.Id == listed?.Newest) ?? rows[0];
        return new ShownConversation(
            newest, [newest, .. rows.Where(row => row.Id != newest.Id)], [.. parties.Values], ReplyTree.Order(Once(messages)));
    }

    /// <summary>The messages of one thread, oldest first, but for what the person deleted.</summary>
    public List<ShownMessage> ReadThread(ThreadRow row, Threads.Thread thread) =>
        [.. tables.Messages.InThread(row.Id)
            .Where(message => !message.Flags.HasFlag(MessageFlags.Deleted))
            .OrderBy(message => message.Date).ThenBy(message => message.Cid)
            .Select(message => ReadOne(message, thread))];

    /// <summary>The newest card known of a party.</summary>
    public Card Newest(Card party)
    {
        Card? card = Known(party.Identity);
        return card is not null && card.IsNewerThan(party) ? card : party;
    }

    private Card? Known(Did identity)
    {
        if (!known.TryGetValue(identity, out Card? card))
            known[identity] = card = identity == self ? OwnCard.Get(tables) : tables.Contacts.Find(identity)?.Card;
        return card;
    }

    private ShownMessage ReadOne(MessageRow row, Threads.Thread thread)
    {
        byte[]? octets = tables.Blocks.Find(row.Cid) is { } block && thread.TryOpen(block, out Message? message, out _)
            ? thread.ReadOctets(message, tables.Blocks).Octets
            : null;
        MailMessage mail = MailMessage.Parse(octets);
        Card author = thread.Genesis.Find(row.Author)!;
        return new ShownMessage
        {
            Row = row,
            Thread = thread.Id,
            Mail = mail,
            IsWhole = octets is not null,
            AuthorName = Newest(author).Name,
            IsFromDoubtful = octets is not null && thread.Genesis.Parties.Count > 1 && !IsFromBound(mail, author),
            IsByOldKey = Known(row.Author) is { } current && current.Epoch > author.Epoch,
            Deliveries = tables.Deliveries.Of(row.Id),
        };
    }

    /// <summary>Whether every address in From belongs to the author: bound to the key, or on its card in this thread.</summary>
    private bool IsFromBound(MailMessage mail, Card author)
    {
        HashSet<string> own = [.. author.Addresses.Concat(Newest(author).Identity == self ? Newest(author).Addresses : [])
            .Select(text => MailAddress.TryParse(text, out MailAddress address) ? address.Canonical : text)];
        return mail.From.Count > 0 && mail.From.All(from =>
            tables.Contacts.BoundTo(from.Address.Canonical) is { } bound ? bound == author.Identity : own.Contains(from.Address.Canonical));
    }

    /// <summary>
    /// Each mail once: of several copies with the same octets the one by a key bound to its From, then the smallest CID. The others'
    /// deliveries show with it.
    /// </summary>
    private static IEnumerable<ShownMessage> Once(List<ShownMessage> messages) => messages
        .GroupBy(message => Convert.ToHexString(message.Row.Hash))
        .Select(copies =>
        {
            ShownMessage shown = copies.OrderBy(copy => copy.IsFromDoubtful).ThenByDescending(copy => copy.Deliveries.Count(row => !row.IsBcc)).ThenBy(copy => copy.Row.Cid).First();
            return shown with { Deliveries = [.. copies.SelectMany(copy => copy.Deliveries).OrderBy(row => row.IsBcc)] };
        });
}
