using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>A submission that waits for its next attempt, opened.</summary>
/// <param name="Name">The parcel; each is executed once.</param>
/// <param name="Sender">Who handed it in: reports go to him.</param>
/// <param name="Taken">When this gateway took it.</param>
/// <param name="Progress">What <see cref="SubmissionQueue.Postpone"/> noted last; empty at first.</param>
public sealed record OpenedSubmission(Cid Name, Did Sender, DateTimeOffset Taken, Submission Submission, byte[] Progress)
{
    /// <summary>Whether it came by <see cref="SubmissionQueue.AddAsync"/>: the sender knows no submission of that name, so no report says anything to him.</summary>
    public bool IsOwn { get; init; }
}

/// <summary>
/// A gateway's queue of submissions. They lie on the disk as the sealed blocks that came and the announcement whose box holds the key, and are
/// opened, in memory, for each attempt. <see cref="Reception"/> puts them in. Safe for use by several threads.
/// </summary>
public sealed class SubmissionQueue(IStore<IReplicationTables> store, Identity self, TimeProvider time, RandomSource random)
{
    /// <summary>
    /// Names are kept so long, counted from when a submission was taken: it is refused when it is seven days old, and may be dated a day ahead.
    /// </summary>
    private static readonly TimeSpan Memory = TimeSpan.FromDays(14);

    private readonly ParcelPost post = new(store, self, time, random);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Queues a mail that somebody handed in by other means than a parcel: as one from the gateway to itself, so that it lies on the disk as sealed as any
    /// other. When this returns it is there.
    /// </summary>
    /// <param name="sender">Whose mail it is.</param>
    /// <exception cref="ThreadException">The mail does not make a parcel; the message says why.</exception>
    public async Task<Cid> AddAsync(Did sender, Submission submission, CancellationToken cancel)
    {
        long now = Now;
        SealedParcel made = Parcel.Create(self, self.Did, submission, now, random);
        Cid name = made.Parcel.Cid;
        Announcement announcement = Announcement.Issue(self, store.Read(OwnCard.Get), self.Certificate, name, name, made.Key, now, random);
        CryptographicOperations.ZeroMemory(made.Key);
        return await store.WriteAsync(tables =>
        {
            tables.Blocks.Put(made.Blocks);
            tables.Submissions.Add(new SubmissionRow(name, sender, announcement.Block.Data.ToArray(), now, now, []));
            return name;
        }, cancel);
    }

    /// <summary>Names of submissions whose time has come, the earliest first.</summary>
    public IReadOnlyList<Cid> Due(int limit) => store.Read(tables => (IReadOnlyList<Cid>)[.. tables.Submissions.Due(Now, limit).Select(row => row.Cid)]);

    /// <summary>When the next attempt is due, or null when nothing waits.</summary>
    public DateTimeOffset? NextDue() =>
        store.Read(tables => tables.Submissions.NextDue()) is { } next ? DateTimeOffset.FromUnixTimeMilliseconds(next) : null;

    /// <summary>Opens a waiting submission; <paramref name="error"/> says why it cannot be: done meanwhile, or damaged on the disk.</summary>
    public bool TryOpen(Cid name, [NotNullWhen(true)] out OpenedSubmission? opened, [NotNullWhen(false)] out string? error)
    {
        (opened, error) = store.Read(tables => Open(tables, name));
        return opened is not null;
    }

    /// <summary>Notes how far it is, in bytes of the caller's own form, and when it is tried again. Not a word of the mail belongs into them.</summary>
    public void Postpone(Cid name, DateTimeOffset next, ReadOnlySpan<byte> progress)
    {
        byte[] noted = progress.ToArray();
        store.Write(tables =>
        {
            tables.Submissions.Postpone(name, next.ToUnixTimeMilliseconds(), noted);
            return true;
        });
    }

    /// <summary>
    /// Notes progress and queues a report on it, in one transaction. With <paramref name="next"/> null it is done: the blocks go, and the name alone is
    /// kept so that it is never executed again, with what a bounce needs. Of recipients whose mail has come back meanwhile nothing is reported.
    /// </summary>
    /// <exception cref="MailboxException">The sender is no contact of the gateway any more.</exception>
    public Task ReportAsync(
        Cid name, Did sender, IReadOnlyList<RecipientFate> recipients, DateTimeOffset? next, byte[] progress, CancellationToken cancel) =>
        store.WriteAsync(tables =>
        {
            IReadOnlySet<string>? returned = tables.Submissions.Find(name) is { } row ? SentMail.TryOpen(self, row)?.Returned : null;
            RecipientFate[] told = [.. recipients.Where(fate => returned?.Contains(fate.Address) != true)];
            if (told.Length > 0)
                post.Post(tables, sender, new SubmissionReport(name, told));
            if (next is { } later)
                tables.Submissions.Postpone(name, later.ToUnixTimeMilliseconds(), progress);
            else
                Finish(tables, name);
            return true;
        }, cancel);

    /// <summary>What somebody sent under a Message-ID, or (where a bounce names it) as a submission of this name; within the last fourteen days.</summary>
    /// <param name="messageId">Without brackets; null where the bounce has none.</param>
    public IReadOnlyList<SentMail> FindSent(Did sender, string? messageId, Cid? name) => store.Read(tables =>
    {
        var rows = new List<SubmissionRow>();
        if (SentMail.Tag(self, sender, messageId) is { } tag)
            rows.AddRange(tables.Submissions.Tagged(tag));
        if (rows.Count == 0 && name is { } cid && tables.Submissions.Find(cid) is { } row && row.Sender == sender)
            rows.Add(row);
        return (IReadOnlyList<SentMail>)[.. rows.Select(each => SentMail.TryOpen(self, each)).OfType<SentMail>()];
    });

    /// <summary>
    /// Reports what a bounce says of recipients, with their addresses as the submission had them. Whose mail has come back is not reported on again,
    /// whatever comes later; how many were.
    /// </summary>
    /// <exception cref="MailboxException">The sender is no contact of the gateway any more.</exception>
    public Task<int> ReportBounceAsync(Cid name, IReadOnlyList<RecipientFate> recipients, CancellationToken cancel) => store.WriteAsync(tables =>
    {
        if (tables.Submissions.Find(name) is not { } row || SentMail.TryOpen(self, row) is not { } sent)
            return 0;
        RecipientFate[] told = [.. recipients.Where(fate => sent.To.Contains(fate.Address) && !sent.Returned.Contains(fate.Address))];
        if (told.Length == 0)
            return 0;
        post.Post(tables, sent.Sender, new SubmissionReport(name, told));
        HashSet<string> returned = [.. sent.Returned, .. told.Where(fate => fate.State == FateState.Failed).Select(fate => fate.Address)];
        tables.Submissions.Remember(name, (sent with { Returned = returned }).Seal(self));
        return told.Length;
    }, cancel);

    /// <summary>Forgets names that cannot come again; how many.</summary>
    public int ForgetOld() => store.Write(tables => tables.Submissions.Forget(Now - (long)Memory.TotalMilliseconds));

    private static void Finish(IReplicationTables tables, Cid name)
    {
        if (tables.Submissions.Find(name) is not { NextAttempt: not null })
            return;
        if (tables.Blocks.Find(name) is { } block)
            tables.Blocks.Remove([name, .. ParcelOutbox.BodyOf(block)]);
        tables.Submissions.Finish(name);
    }

    private (OpenedSubmission? Opened, string? Error) Open(IReplicationTables tables, Cid name)
    {
        if (tables.Submissions.Find(name) is not { Announcement: { } bytes } row)
            return (null, "it is done");
        if (tables.Blocks.Find(name) is not { } block)
            return (null, "its block is damaged");
        if (!Announcement.TryRead(Block.Create(Cid.DagCbor, bytes), out Announcement? announcement, out _) || !announcement.TryOpen(self, out byte[] key, out _))
            return (null, "the keys that open it are not here any more");
        if (!Parcel.TryOpen(block, key, tables.Blocks, out Parcel? parcel, out string? error))
            return (null, $"it {error}");
        var opened = new OpenedSubmission(
            name, row.Sender, DateTimeOffset.FromUnixTimeMilliseconds(row.Taken), (Submission)parcel.Content, row.Progress)
        {
            IsOwn = parcel.Sender.Identity == self.Did,
        };
        return (opened, null);
    }
}
