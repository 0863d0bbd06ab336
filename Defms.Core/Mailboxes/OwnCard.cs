using Defms.Core.Identities;
using Defms.Core.Mailboxes.Records;

namespace Defms.Core.Mailboxes;

/// <summary>The owner's own card, as the store keeps it.</summary>
public static class OwnCard
{
    private const string Setting = "card";

    public static Card Get(IMailTables tables) =>
        tables.Settings.GetBytes(Setting) is { } bytes && Card.TryDecode(bytes, out Card? card, out _)
            ? card
            : throw new MailboxException("The store lacks its owner's card. Run 'defms verify --repair'.");

    /// <summary>The owner's card where <paramref name="identity"/> is the owner; else null.</summary>
    internal static Card? Find(IMailTables tables, Did identity) => Get(tables) is { } card && card.Identity == identity ? card : null;

    /// <summary>Whether the store has it, and it can be read.</summary>
    internal static bool IsKept(IMailTables tables) => tables.Settings.GetBytes(Setting) is { } bytes && Card.TryDecode(bytes, out _, out _);

    /// <summary>Puts back the card that was lost.</summary>
    internal static void Mend(IMailTables tables, Card card) => tables.Settings.SetBytes(Setting, card.Encoded.Span);

    /// <summary>Gives a new store the card that the owner has already, under these very keys.</summary>
    /// <exception cref="ArgumentException">It is somebody else's, or of other keys.</exception>
    public static void Take(IMailTables tables, Identity self, Card card)
    {
        if (!card.Certificate.Equals(self.Certificate))
            throw new ArgumentException("The card is not of the owner's current keys.", nameof(card));
        tables.Settings.SetBytes(Setting, card.Encoded.Span);
    }

    /// <summary>Takes over the card that another machine of the owner's has made since, under the same keys.</summary>
    public static void Adopt(IMailTables tables, Card card)
    {
        if (Get(tables) is { } current && card.Certificate.Equals(current.Certificate) && card.IsNewerThan(current))
            tables.Settings.SetBytes(Setting, card.Encoded.Span);
    }

    /// <summary>Signs a profile as the next one and keeps it. What stays the same keeps its card.</summary>
    /// <exception cref="CardException">The profile breaks a limit of cards.</exception>
    public static Card Change(IMailTables tables, Identity self, Func<Profile, Profile> change, DateTimeOffset now)
    {
        bool isFirst = tables.Settings.GetBytes(Setting) is null;
        Card? current = isFirst ? null : Get(tables);
        Profile before = current?.Profile ?? new Profile();
        Profile after = change(before);
        bool isSameEpoch = current is not null && current.Certificate.Equals(self.Certificate);
        if (isSameEpoch && self.IssueCard(after with { Seq = before.Seq, Issued = before.Issued }).Equals(current))
            return current!;
        Card card = self.IssueCard(after with { Seq = isSameEpoch ? before.Seq + 1 : 0, Issued = now.ToUnixTimeMilliseconds() });
        tables.Settings.SetBytes(Setting, card.Encoded.Span);
        if (!isFirst)
            RecordBook.Set(tables, $"card {self.Did}", card.ToString(), now.ToUnixTimeMilliseconds());
        return card;
    }
}
