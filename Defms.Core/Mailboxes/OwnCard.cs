using Defms.Core.Identities;

namespace Defms.Core.Mailboxes;

/// <summary>The owner's own card, as the store keeps it.</summary>
public static class OwnCard
{
    private const string Setting = "card";

    public static Card Get(IMailTables tables) =>
        tables.Settings.GetBytes(Setting) is { } bytes && Card.TryDecode(bytes, out Card? card, out _)
            ? card
            : throw new MailboxException("The store lacks its owner's card. Run 'defms verify --repair'.");

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
        return card;
    }
}
