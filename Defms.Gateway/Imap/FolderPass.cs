using Defms.Gateway.Imap.Commands;
using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Imap;

/// <summary>
/// Brings one folder up to date: lists what is new, tells what changed, fetches what waits. It is opened for reading only. Wherever it breaks
/// off, the journal says exactly what the sink has.
/// </summary>
internal sealed class FolderPass(ImapConnection connection, ImapFolder folder, IImapJournal journal, IImapSink sink, PassReport report)
{
    /// <summary>Mails that a crash may cost a second fetch, and what the journal may grow by unsaved.</summary>
    private const int SaveEvery = 512;

    /// <summary>UIDs in one question; fragmented ones must fit into the 8 KiB that a server takes as a line (RFC 7162, 4).</summary>
    private const int AskAtOnce = 500;

    /// <summary>Mails asked for one by one in a pass after the server refused them together.</summary>
    private const int MaxSingles = 200;

    private string? refusal;

    /// <summary>What is left to do at the origin, and under which numbers.</summary>
    public async Task<FolderProgress> RunAsync()
    {
        OpenedFolder opened = await OpenFolder.ExamineAsync(connection, folder);
        FolderProgress progress = await BeginAsync(opened);
        using var intake = new MailIntake(sink, mail => Stored(progress, mail), connection.Cancel);
        try
        {
            await TellChangesAsync(progress, opened);
            await ListAsync(progress, opened);
            await FetchAsync(progress, intake);
        }
        finally
        {
            await EndAsync(progress, intake);
        }
        return progress;
    }

    public async ValueTask SaveAsync(FolderProgress progress)
    {
        // What is stored is stored; an end of the program must not lose the knowledge of it.
        if (progress.Changes > 0)
            await journal.SaveAsync(folder.Name, progress.Snapshot(), CancellationToken.None);
    }

    /// <summary>Where the last pass ended, if the folder is still the same by its numbers.</summary>
    private async Task<FolderProgress> BeginAsync(OpenedFolder opened)
    {
        bool removes = connection.Account.AfterStorage != AfterStorage.Keep;
        FolderState? state = await journal.FindAsync(folder.Name, connection.Cancel);
        // A UIDNEXT that went back means the same as a new UIDVALIDITY: numbers are used again.
        if (state is not null && state.UidValidity == opened.UidValidity && (opened.UidNext == 0 || opened.UidNext >= state.UidNext))
            return new FolderProgress(state, removes);
        if (state is not null)
            await sink.NoteAsync(new ImapNote.Renumbered(connection.Account.Name, folder, opened.UidValidity), connection.Cancel);
        var fresh = new FolderProgress(new FolderState(opened.UidValidity, 1, opened.ModSeq, new UidSet(), new UidSet()), removes);
        fresh.Begin();
        return fresh;
    }

    private async Task ListAsync(FolderProgress progress, OpenedFolder opened)
    {
        if (opened.UidNext == progress.UidNext)
            return;
        UidSet found = opened.Mails == 0 ? new UidSet() : await ListMails.FromAsync(connection, progress.UidNext);
        long behindLast = found.IsEmpty ? progress.UidNext : found.Ranges[^1].Last + 1L;
        progress.Listed(found, Math.Max(opened.UidNext, behindLast));
        await SaveAsync(progress);
    }

    private async Task TellChangesAsync(FolderProgress progress, OpenedFolder opened)
    {
        if (progress.ModSeq > 0 && opened.ModSeq > progress.ModSeq && opened.Mails > 0 && progress.UidNext > 1)
        {
            await ListMails.ChangesAsync(
                connection, progress.UidNext, progress.ModSeq,
                (uid, flags) => sink.NoteAsync(new ImapNote.FlagsChanged(Place(progress, uid), flags), connection.Cancel),
                uids => TellVanishedAsync(progress, uids.Below(progress.UidNext)));
        }
        else if (opened.Mails == 0 && opened.ModSeq > progress.ModSeq && progress.UidNext > 1)
        {
            await TellVanishedAsync(progress, UidSet.AllBelow(progress.UidNext));
        }
        progress.ModSeq = opened.ModSeq;
    }

    private async ValueTask TellVanishedAsync(FolderProgress progress, UidSet uids)
    {
        if (!uids.IsEmpty)
            await sink.NoteAsync(new ImapNote.Vanished(connection.Account.Name, folder, progress.UidValidity, uids), connection.Cancel);
    }

    private async Task FetchAsync(FolderProgress progress, MailIntake intake)
    {
        UidSet wanted = progress.Waiting();
        if (wanted.IsEmpty)
            return;
        await FetchAsync(progress, intake, wanted, FetchMails.BatchSize);
        UidSet left = await StillThereAsync(progress);
        if (left.IsEmpty)
            return;
        UidSet singles = left.InPieces(MaxSingles).First();
        await FetchAsync(progress, intake, singles, batchSize: 1);
        foreach (uint uid in progress.Waiting().Each().Take(MaxSingles))
        {
            report.NotGiven++;
            await sink.NoteAsync(new ImapNote.NotGiven(Place(progress, uid), refusal ?? "The server lists it and says nothing of it."), connection.Cancel);
        }
    }

    private async Task FetchAsync(FolderProgress progress, MailIntake intake, UidSet wanted, int batchSize)
    {
        var fetch = new FetchMails(connection, (item, mail) => TakeAsync(progress, intake, item, mail), said =>
        {
            refusal = said ?? refusal;
            return progress.Changes >= SaveEvery ? SaveAsync(progress) : default;
        });
        await fetch.RunAsync(wanted, batchSize);
        await intake.DrainAsync();
    }

    /// <summary>Of the mails that did not come, those that did not vanish in between.</summary>
    private async Task<UidSet> StillThereAsync(FolderProgress progress)
    {
        foreach (UidSet asked in progress.Waiting().InPieces(AskAtOnce))
        {
            UidSet there = await ListMails.AmongAsync(connection, asked);
            foreach (uint uid in asked.Each())
            {
                if (!there.Contains(uid))
                    progress.Dropped(uid);
            }
        }
        return progress.Waiting();
    }

    private async ValueTask TakeAsync(FolderProgress progress, MailIntake intake, FetchItem item, MailLiteral literal)
    {
        MailPlace place = Place(progress, item.Uid);
        if (literal.Octets is { } octets)
        {
            await intake.StartAsync(new FetchedMail(place, item.Flags ?? [], item.Arrived, octets), literal);
            return;
        }
        report.TooLarge++;
        await sink.NoteAsync(new ImapNote.TooLarge(place, literal.Size), connection.Cancel);
        progress.Dropped(item.Uid);
    }

    private void Stored(FolderProgress progress, FetchedMail mail)
    {
        progress.Stored(mail.Place.Uid);
        report.Took(mail);
    }

    private async Task EndAsync(FolderProgress progress, MailIntake intake)
    {
        try
        {
            await intake.DrainAsync();
        }
        finally
        {
            await SaveAsync(progress);
        }
    }

    private MailPlace Place(FolderProgress progress, uint uid) => new(connection.Account.Name, folder, progress.UidValidity, uid);
}
