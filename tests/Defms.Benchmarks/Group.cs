namespace Defms.Benchmarks;

/// <summary>Figures that are measured together.</summary>
/// <param name="About">A sentence for the scoreboard.</param>
/// <param name="Peers">Programs beside which it is measured, by their names in <see cref="Machine"/>.</param>
internal sealed record Group(string Name, string Title, string About, string[] Peers, Func<Bench, Task> RunAsync)
{
    public static IReadOnlyList<Group> All { get; } =
    [
        new("threads", "Long threads", "One more message in a thread of 100,000, and two replicas of 10,000 messages that differ by 100.", [], ThreadFigures.RunAsync),
        new("blocks", "Taking blocks", "What a daemon takes from a peer: sealed blocks of 4 KiB, checked and durable.", [], BlockFigures.RunAsync),
        new("delivery", "Delivery", "10,000 mails of 4 KiB from one person's store to the other's daemon: verified, opened, indexed, durable.", [], DeliveryFigures.RunAsync),
        new("hosts", "Hosts", "What a host hands over to its owner, beside Helia to Helia over bitswap.", ["Helia", "Node.js"], HostFigures.RunAsync),
        new("devices", "Own machines", "Two machines of one person with 10,000 threads: catching up one message, comparing what is equal.", [], DeviceFigures.RunAsync),
        new("commands", "The command line", "Whole processes, from nothing to the last byte of output.", [], CommandFigures.RunAsync),
        new("import", "Import", "Parse, seal, hash, store, file, full-text index, durable; beside `notmuch new` on the same Maildir.", ["notmuch"], ImportFigures.RunAsync),
        new("search", "Search", "Whole processes in turn with notmuch on the same mail, and queries in a process that runs.", ["notmuch"], SearchFigures.RunAsync),
        new("imap", "IMAP", "10,000 mails (209 MB) of a Dovecot, by the gateway into the store of the owner's daemon; beside mbsync into a Maildir.", ["Dovecot", "mbsync"], ImapFigures.RunAsync),
        new("smtp", "SMTP", "Mails of 4 KiB over 20 kept sessions, by the gateway into the store of the owner's daemon; beside Postfix into its queue.", ["Postfix"], SmtpFigures.RunAsync),
    ];
}
