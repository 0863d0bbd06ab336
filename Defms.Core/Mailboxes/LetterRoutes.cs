using Defms.Core.Mime;

namespace Defms.Core.Mailboxes;

/// <summary>Which way each recipient of a letter is reached (DESIGN section 5, "Routing"). There is a way for all of them.</summary>
/// <param name="Open">Those in To and Cc whose identity is known.</param>
/// <param name="Blind">Those in Bcc whose identity is known.</param>
/// <param name="Legacy">All others, by the gateway, each once.</param>
internal sealed record LetterRoutes(IReadOnlyList<Recipient> Open, IReadOnlyList<Recipient> Blind, IReadOnlyList<(MailAddress Address, bool IsBcc)> Legacy)
{
    /// <summary>More names than this only hide the first.</summary>
    private const int MostNamed = 10;

    /// <exception cref="MailboxException">Somebody has no route, or none that the letter allows; it has no recipient; or it may not leave by SMTP.</exception>
    public static LetterRoutes Find(IMailTables tables, Routing routing, Letter letter)
    {
        var legacy = new List<(MailAddress Address, bool IsBcc)>();
        List<Recipient> open = Split(routing, letter.To.Concat(letter.Cc), isBcc: false, legacy);
        List<Recipient> blind = Split(routing, letter.Bcc, isBcc: true, legacy);
        if (open.Count + blind.Count + legacy.Count == 0)
            throw new MailboxException("The mail has no recipient. Name one with --to.", MailboxFault.Usage);
        if (legacy.Count > 0)
            RequireGateway(tables, routing, letter, legacy);
        return new LetterRoutes(open, blind, legacy);
    }

    private static List<Recipient> Split(Routing routing, IEnumerable<MailAddress> addresses, bool isBcc, List<(MailAddress Address, bool IsBcc)> legacy)
    {
        var found = new List<Recipient>();
        foreach (MailAddress address in addresses.DistinctBy(address => address.Canonical))
        {
            if (routing.Find(address) is { } recipient)
                found.Add(recipient);
            else if (!legacy.Exists(other => other.Address.Canonical == address.Canonical))
                legacy.Add((address, isBcc));
        }
        return found;
    }

    private static void RequireGateway(IMailTables tables, Routing routing, Letter letter, List<(MailAddress Address, bool IsBcc)> legacy)
    {
        string names = Names(legacy);
        if (Gateways.ForSending(tables) is null)
            throw new MailboxException(
                $"No way to {names}: nobody with {(legacy.Count == 1 ? "that address" : "those addresses")} is among your contacts, and no gateway is configured. Nothing was sent. Add the person's card with 'defms contact add', or a gateway with 'defms config gateway'.");
        if (letter.SealedOnly)
            throw new MailboxException($"Only SMTP leads to {names}, and the mail is to go sealed only. Nothing was sent.");
        var mail = MailMessage.Parse(letter.Octets);
        string from = mail.From.Select(name => name.Address).FirstOrDefault(routing.IsOwn).ToString();
        if (SenderCheck.Refusal(from, mail, routing.IsOwn) is { } refusal)
            throw new MailboxException($"The mail {refusal}, so no gateway would take it. Nothing was sent. 'defms config address' has your addresses.", MailboxFault.Usage);
        if (letter.Octets.Length > Threads.Parcel.MaxSize)
            throw new MailboxException($"The mail has {letter.Octets.Length} bytes; to {names} at most {Threads.Parcel.MaxSize} go. Nothing was sent.");
    }

    private static string Names(List<(MailAddress Address, bool IsBcc)> legacy) =>
        string.Join(", ", legacy.Take(MostNamed).Select(other => other.Address)) + (legacy.Count > MostNamed ? $" and {legacy.Count - MostNamed} more" : "");
}
