using Defms.Core.Identities;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes;

/// <summary>
/// The part of a verification that looks at cards: the owner's and those of contacts. One that cannot be read any more is looked for in the
/// threads, whose first blocks hold the cards of their parties.
/// </summary>
internal sealed class CardCheck(Did self)
{
    private readonly Dictionary<Did, Card?> damaged = [];

    /// <summary>Notes whose cards are damaged; how many.</summary>
    public int Look(IMailTables tables)
    {
        foreach (Did identity in tables.Contacts.Damaged())
            damaged[identity] = null;
        if (!OwnCard.IsKept(tables))
            damaged[self] = null;
        return damaged.Count;
    }

    /// <summary>Takes note of the cards in a thread.</summary>
    public void Add(Genesis genesis)
    {
        if (damaged.Count == 0)
            return;
        foreach (Card card in genesis.Parties.Where(card => card.Profile is not null))
        {
            if (damaged.TryGetValue(card.Identity, out Card? known) && (known is null || card.CompareTo(known) > 0))
                damaged[card.Identity] = card;
        }
    }

    /// <summary>What is wrong, with the newest card that was found in its stead.</summary>
    public IReadOnlyList<(string Fault, Card? Found)> Faults() => [.. damaged.Select(pair => (Words(pair.Key, pair.Value), pair.Value))];

    public bool Mend(IMailTables tables, Card card)
    {
        if (card.Identity == self)
            OwnCard.Mend(tables, card);
        else
            tables.Contacts.Mend(card);
        return true;
    }

    private string Words(Did identity, Card? found)
    {
        string whose = identity == self ? "Your own card" : $"The card of contact {identity}";
        string way = identity == self ? "go back to a backup" : "add it again with 'defms contact add'";
        return found is not null ? $"{whose} is damaged. The newest one in your threads takes its place." : $"{whose} is damaged, and no thread has it: {way}.";
    }
}
