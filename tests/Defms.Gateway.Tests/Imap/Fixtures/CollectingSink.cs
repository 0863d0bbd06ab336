using System.Collections.Concurrent;
using Defms.Gateway.Imap;

namespace Defms.Gateway.Tests.Imap.Fixtures;

/// <summary>Keeps mails in memory, in the order in which they were stored.</summary>
internal sealed class CollectingSink : IImapSink
{
    public ConcurrentQueue<FetchedMail> Mails { get; } = [];

    public ConcurrentQueue<ImapNote> Notes { get; } = [];

    /// <summary>What happens before a mail is stored.</summary>
    public Func<FetchedMail, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    public async ValueTask TakeAsync(FetchedMail mail, CancellationToken cancel)
    {
        await Before(mail, cancel);
        Mails.Enqueue(mail);
    }

    public ValueTask NoteAsync(ImapNote note, CancellationToken cancel)
    {
        Notes.Enqueue(note);
        return default;
    }

    /// <summary>How often each mail came, by its octets.</summary>
    public Dictionary<string, int> Counts() =>
        Mails.GroupBy(mail => Convert.ToBase64String(mail.Octets)).ToDictionary(group => group.Key, group => group.Count());
}
