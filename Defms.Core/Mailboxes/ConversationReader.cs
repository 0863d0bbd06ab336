using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes.Labels;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes;

/// <summary>Reads one conversation out of a store, for showing or answering.</summary>
public sealed class ConversationReader(IMailTables tables, Did self)
{
    /// <summary>Opening one takes some 0.2 ms; fewer are not worth another thread.</summary>
    private const int WorthSharing = 16;

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
    public List<ShownMessage> ReadThread(ThreadRow row, Threads.Thread thread)
    {
        MessageRow[] rows =
        [
            .. tables.Messages.InThread(row.Id)
                .Where(message => !message.Flags.HasFlag(MessageFlags.Deleted))
                .OrderBy(message => message.Date).ThenBy(message => message.Cid),
        ];
        Message?[] messages = OpenAll(thread, [.. rows.Select(message => tables.Blocks.Find(message.Cid))]);
        ILookup<long, string> labels = tables.Labels.InThread(row.Id);
        return [.. rows.Select((message, i) => ReadOne(message, messages[i], thread) with { Labels = [.. labels[message.Id]] })];
    }

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

    /// <summary>Checking signatures is most of the work, and needs no tables: a second core takes half of a long thread.</summary>
    private static Message?[] OpenAll(Threads.Thread thread, Block?[] blocks)
    {
        var messages = new Message?[blocks.Length];
        int middle = blocks.Length < WorthSharing ? 0 : blocks.Length / 2;
        Task first = middle == 0 ? Task.CompletedTask : Task.Run(() => Open(0, middle));
        Open(middle, blocks.Length);
        first.GetAwaiter().GetResult();
        return messages;

        void Open(int start, int end)
        {
            for (int i = start; i < end; i++)
                messages[i] = blocks[i] is { } block && thread.TryOpen(block, out Message? message, out _) ? message : null;
        }
    }

    private ShownMessage ReadOne(MessageRow row, Message? message, Threads.Thread thread)
    {
        byte[]? octets = message is null ? null : thread.ReadOctets(message, tables.Blocks).Octets;
        MailMessage mail = MailMessage.Parse(octets);
        Card author = thread.Genesis.Find(row.Author)!;
        bool isFiled = thread.Genesis.IsFiled;
        return new ShownMessage
        {
            IsFiled = isFiled,
            Origin = message?.Origin,
            Row = row,
            Thread = thread.Id,
            Mail = mail,
            IsWhole = octets is not null,
            AuthorName = isFiled ? NameOf(mail) : Newest(author).Name,
            IsFromDoubtful = octets is not null && !isFiled && !IsFromBound(mail, author),
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

    /// <summary>In a filed thread the owner only files; who wrote is what From says, with the origin's verdict.</summary>
    private static string NameOf(MailMessage mail) =>
        mail.From is [var first, ..] ? first.Name ?? first.Address.ToString() : "somebody unnamed";

    private static int Rank(ShownMessage copy) => copy switch
    {
        { IsFiled: false, IsWhole: true, IsFromDoubtful: false } => 0,
        { IsFiled: true, Origin.Dkim: "pass" } => 1,
        _ => 2,
    };

    /// <summary>
    /// Each mail once. Of several copies the one by a key bound to its From shows, then one whose DKIM signature a gateway found good, then
    /// the smallest CID; but a letter of the owner shows as it went to all, not as it went to a blind reader. The others' deliveries and labels show with it.
    /// </summary>
    private static IEnumerable<ShownMessage> Once(List<ShownMessage> messages) => messages
        .GroupBy(message => Convert.ToHexString(message.Row.Content.IsDefault ? message.Row.Hash : message.Row.Content.Bytes))
        .Select(copies =>
        {
            ShownMessage shown = copies.OrderBy(Rank).ThenByDescending(copy => copy.Deliveries.Count(row => !row.IsBcc)).ThenBy(copy => copy.Row.Cid).First();
            return shown with
            {
                Deliveries = [.. copies.SelectMany(copy => copy.Deliveries).OrderBy(row => row.IsBcc)],
                Labels = Label.Once(copies.SelectMany(copy => copy.Labels)),
            };
        });
}
