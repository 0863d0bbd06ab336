using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Imap.Commands;

/// <summary>
/// UID FETCH of whole mails by BODY.PEEK[], which never sets \Seen. Two commands are under way at a time, so that the server works while the
/// last mails of the one before are read.
/// </summary>
/// <param name="take">Is given each mail that was asked for, once; returns when the next may be read.</param>
/// <param name="onBatch">Is called at the end of each command, with what the server refused, else null.</param>
internal sealed class FetchMails(ImapConnection connection, Func<FetchItem, MailLiteral, ValueTask> take, Func<string?, ValueTask> onBatch)
{
    /// <summary>Mails in one command. A refusal costs so many single ones; more do not make it faster.</summary>
    public const int BatchSize = 200;

    private const int CommandsAhead = 2;

    private const string Items = "(UID FLAGS INTERNALDATE BODY.PEEK[])";

    private readonly Queue<(string Tag, UidSet Awaited)> sent = [];

    /// <summary>Asks for every mail of <paramref name="wanted"/>; some may not come.</summary>
    public async Task RunAsync(UidSet wanted, int batchSize = BatchSize)
    {
        using IEnumerator<UidSet> batches = wanted.InPieces(batchSize).GetEnumerator();
        while (true)
        {
            while (sent.Count < CommandsAhead && batches.MoveNext())
                await SendAsync(batches.Current);
            if (sent.Count == 0)
                return;
            await ReadBatchAsync();
        }
    }

    private async Task SendAsync(UidSet batch)
    {
        connection.Reader.MailsExpected += (int)batch.Count;
        sent.Enqueue((await connection.SendAsync($"UID FETCH {batch} {Items}"), batch.Clone()));
    }

    private async Task ReadBatchAsync()
    {
        (string tag, UidSet awaited) = sent.Peek();
        while (true)
        {
            Response response = await connection.ReadAsync();
            if (connection.IsEndOf(response, tag))
            {
                sent.Dequeue();
                connection.Reader.MailsExpected = (int)sent.Sum(batch => batch.Awaited.Count);
                await onBatch(response.Status == StatusWord.Ok ? null : response.ShownText);
                return;
            }
            if (FetchItem.TryRead(response, out FetchItem item, out bool isSound) && ListMails.Sound(connection, isSound) && item.HasMail)
                await TakeAsync(item, response, awaited);
        }
    }

    private ValueTask TakeAsync(FetchItem item, Response response, UidSet awaited)
    {
        if (!awaited.Remove(item.Uid) && !sent.Any(batch => batch.Awaited.Remove(item.Uid)))
            throw connection.BadAnswer("sent a mail that was not asked for, or twice");
        MailLiteral mail = response.DetachMail() ?? connection.Reader.Wrap(item.QuotedMail ?? []);
        return take(item, mail);
    }
}
