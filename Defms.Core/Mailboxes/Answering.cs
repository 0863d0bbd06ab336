using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mime;

namespace Defms.Core.Mailboxes;

/// <summary>What an answer is made of: what it answers and whom it goes to.</summary>
/// <param name="Answered">The message that is answered, and <paramref name="Mail"/> what it says.</param>
/// <param name="Reply">Subject, references and quotation of the answer.</param>
public sealed record AnswerPlan(Cid Thread, Cid Answered, MailMessage Mail, MailReply Reply, IReadOnlyList<NamedAddress> To, IReadOnlyList<NamedAddress> Cc);

/// <summary>
/// Decides what an answer in a thread answers: the newest mail by another, to its Reply-To or author; where there is none, the newest
/// own one, to its recipients. To all adds To, Cc and the parties of the thread.
/// </summary>
public sealed class Answering(IStore<IMailTables> store, Did self)
{
    /// <exception cref="MailboxException">The thread is not here or holds no mail that can be answered.</exception>
    public AnswerPlan Plan(Cid name, bool toAll) => store.Read(tables =>
    {
        Card own = OwnCard.Get(tables);
        using Threads.Thread thread = ThreadAccess.Open(tables, name);
        List<ShownMessage> messages = new ConversationReader(tables, self).ReadThread(tables.Threads.Find(name)!, thread);
        var routing = new Routing(tables, own, thread.Genesis);
        ShownMessage answered = messages.FindLast(message => message.IsWhole && !IsOwn(message, routing))
            ?? messages.FindLast(message => message.IsWhole)
            ?? throw new MailboxException($"Thread {name} holds no mail that could be answered.", MailboxFault.NotFound);
        MailReply reply = MailReply.Answer(answered.Mail);
        bool isOwn = IsOwn(answered, routing);
        IEnumerable<NamedAddress> to = isOwn ? answered.Mail.To : Author(reply, answered, thread.Genesis);
        IEnumerable<NamedAddress> cc = !toAll ? [] : isOwn ? answered.Mail.Cc : reply.Others;
        if (toAll)
            cc = cc.Concat(Parties(thread.Genesis, routing, to.Concat(cc)));
        List<NamedAddress> direct = Clean(to, routing, []);
        return new AnswerPlan(name, answered.Row.Cid, answered.Mail, reply, direct, Clean(cc, routing, direct));
    });

    /// <summary>In a filed thread the owner signs everything; there From says who wrote.</summary>
    private bool IsOwn(ShownMessage message, Routing routing) =>
        message.IsFiled ? message.Mail.From.Any(from => routing.IsOwn(from.Address)) : message.Author == self;

    /// <summary>Reply-To or From; where the mail names neither, the address on the author's card.</summary>
    private static IEnumerable<NamedAddress> Author(MailReply reply, ShownMessage answered, Threads.Genesis genesis) =>
        reply.To.Count > 0 ? reply.To : genesis.Find(answered.Author) is { } card ? Addressed([card]) : [];

    /// <summary>Parties of the thread that none of <paramref name="named"/> reaches.</summary>
    private static IEnumerable<NamedAddress> Parties(Threads.Genesis genesis, Routing routing, IEnumerable<NamedAddress> named)
    {
        HashSet<Did> reached = [.. named.Select(name => routing.Find(name.Address)?.Identity ?? default)];
        return Addressed(genesis.Parties.Where(party => !reached.Contains(party.Identity)));
    }

    private static IEnumerable<NamedAddress> Addressed(IEnumerable<Card> cards)
    {
        foreach (Card card in cards)
        {
            if (card.Addresses.Count > 0 && MailAddress.TryParse(card.Addresses[0], out MailAddress address))
                yield return new NamedAddress(card.Profile?.Name, address);
        }
    }

    /// <summary>Each address once, without the owner's own and those already named.</summary>
    private static List<NamedAddress> Clean(IEnumerable<NamedAddress> names, Routing routing, IReadOnlyList<NamedAddress> already) =>
        [.. names.Where(name => !routing.IsOwn(name.Address))
            .DistinctBy(name => name.Address.Canonical)
            .ExceptBy(already.Select(name => name.Address.Canonical), name => name.Address.Canonical)];
}
