using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;

namespace Defms.Cli.Writing;

/// <summary>Who writes: the owner's name and first address, and what every mail of his needs.</summary>
internal sealed class Sender
{
    private const int MessageIdBytes = 15;

    private readonly Invocation run;
    private readonly Card card;

    private Sender(Invocation run, Card card)
    {
        this.run = run;
        this.card = card;
        Mailbox = new NamedAddress(card.Profile?.Name, FirstAddress(card));
    }

    public NamedAddress Mailbox { get; }

    /// <summary>With the offset of the machine's time zone.</summary>
    public DateTimeOffset Date => run.Time.GetLocalNow();

    public static Sender Of(Invocation run) => new(run, run.Card);

    /// <summary>A Message-ID that nobody else makes, without angle brackets.</summary>
    public string NewMessageId() => $"{Convert.ToHexStringLower(run.Random.Bytes(MessageIdBytes))}@{Mailbox.Address.AsciiDomain}";

    /// <summary>The owner's mailbox with this one of his addresses, or null when it is not his.</summary>
    public NamedAddress? With(string? address) =>
        MailAddress.TryParse(address, out MailAddress wanted)
        && card.Addresses.Any(own => MailAddress.TryParse(own, out MailAddress mine) && mine.Canonical == wanted.Canonical)
            ? Mailbox with { Address = wanted }
            : null;

    private static MailAddress FirstAddress(Card card)
    {
        foreach (string text in card.Addresses)
        {
            if (MailAddress.TryParse(text, out MailAddress address))
                return address;
        }
        throw new CommandException("Your card has no mail address to write from. Give it one with 'defms config address you@example.org'.");
    }
}
