using Defms.Cli.Rendering;

namespace Defms.Cli.Demo.Legacy;

/// <summary>The servers of the old town: real ones where they are installed and may run here, else what this program has itself.</summary>
/// <param name="dovecot">Null where mailboxes are read from their folders.</param>
internal sealed class OldServers(OldTown town, ICorrespondentServer server, Dovecot? dovecot, IReadOnlyList<string> notes) : IAsyncDisposable
{
    public ICorrespondentServer Server { get; } = server;

    public Dovecot? Dovecot { get; } = dovecot;

    /// <summary>Which they are, and why not others.</summary>
    public IReadOnlyList<string> Notes { get; } = notes;

    /// <param name="isBuiltIn">Whether real ones are not even looked for.</param>
    /// <exception cref="DemoException">One that is there does not start.</exception>
    public static async Task<OldServers> StartAsync(OldTown town, Screen screen, bool isBuiltIn, CancellationToken cancel)
    {
        await town.BuildAsync(cancel);
        if (isBuiltIn)
            return new OldServers(town, new BuiltInServer(town), null, ["The mail server is one built into this program, as --built-in says."]);
        (string? postfix, string? dovecot, List<string> notes) = await FindAsync(cancel);
        if (await Packages.OfferAsync(screen, Missing(), cancel))
            (postfix, dovecot, notes) = await FindAsync(cancel);
        ICorrespondentServer server = postfix is null ? new BuiltInServer(town) : await Postfix.StartAsync(town, postfix, cancel);
        try
        {
            Dovecot? imap = dovecot is null ? null : await Dovecot.StartAsync(town, dovecot, cancel);
            notes.Insert(0, $"Carol's mail server is {server.Name}; her mailbox is read {(imap is null ? "from its folder" : $"from {imap.Name} by IMAP")}.");
            return new OldServers(town, server, imap, notes);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>What lies in somebody's mailbox: a character an octet, CRLF as line end; and whether it counts as read.</summary>
    public async Task<IReadOnlyList<(string Octets, bool IsSeen)>> ReadAsync(string person, CancellationToken cancel)
    {
        IEnumerable<(byte[] Octets, bool IsSeen)> mails = Dovecot is null
            ? Directory.EnumerateFiles(Path.Combine(town.Maildir(person), "new")).Select(file => (File.ReadAllBytes(file), false))
            : await ImapReading.ReadAsync(Dovecot.Port, person, cancel);
        return [.. mails.Select(mail => (MailText.Of(mail.Octets), mail.IsSeen))];
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        if (Dovecot is not null)
            await Dovecot.DisposeAsync();
    }

    private static async Task<(string? Postfix, string? Dovecot, List<string> Notes)> FindAsync(CancellationToken cancel)
    {
        (string? postfix, string noPostfix) = Postfix.Find();
        (string? dovecot, string noDovecot) = await Dovecot.FindAsync(cancel);
        List<string> notes = [];
        if (postfix is null)
            notes.Add($"{noPostfix}; what stands in for it is a counterpart with as much as the story needs.");
        if (dovecot is null)
            notes.Add($"{noDovecot}, so what needs an IMAP server is left out.");
        if (Missing() is { Count: > 0 } missing)
            notes.Add($"To install: sudo {string.Join(' ', Packages.Command(missing))}");
        return (postfix, dovecot, notes);
    }

    private static List<string> Missing() =>
        [.. new[] { ("postfix", "postfix"), ("dovecot", "dovecot-imapd") }.Where(pair => Programs.Find(pair.Item1) is null).Select(pair => pair.Item2)];
}
