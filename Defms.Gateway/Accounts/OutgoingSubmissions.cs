using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Core.Threads;
using Defms.Gateway.Delivery;
using Defms.Gateway.Delivery.Queue;

namespace Defms.Gateway.Accounts;

/// <summary>
/// The queue of delivery: submissions as they came, sealed on the disk and opened in memory for each attempt. What becomes of recipients goes back
/// as report parcels, or where the mail was handed in by SMTP, as notices of failure.
/// </summary>
/// <param name="cards">The newest card of an owner, for mail that came without one.</param>
internal sealed class OutgoingSubmissions(SubmissionQueue queue, FailureNotices notices, Func<Did, Card?> cards, TimeProvider time) : IOutgoingQueue, IDisposable
{
    /// <summary>How often it is looked for what people have handed in.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>One that cannot be opened now may be after a repair.</summary>
    private static readonly TimeSpan AfterDamage = TimeSpan.FromHours(1);

    /// <summary>Parts of one mail end at the same time, and each changes its progress.</summary>
    private readonly SemaphoreSlim recording = new(1);

    public ValueTask<IReadOnlyList<QueuedMail>> TakeDueAsync(DateTimeOffset now, int most, IReadOnlySet<string> busy, CancellationToken cancel)
    {
        var due = new List<QueuedMail>();
        foreach (Cid name in queue.Due(most + busy.Count).Where(name => !busy.Contains(name.ToString())).Take(most))
        {
            if (queue.TryOpen(name, out OpenedSubmission? opened, out _))
                due.Add(Describe(opened, now));
            else
                queue.Postpone(name, now + AfterDamage, []);
        }
        return new(due);
    }

    public ValueTask<DateTimeOffset?> NextDueAsync(IReadOnlySet<string> busy, CancellationToken cancel)
    {
        DateTimeOffset look = time.GetUtcNow() + Look;
        // With others under way the earliest may be one of them; looking again soon is cheap.
        return new(busy.Count == 0 && queue.NextDue() is { } next && next < look ? next : look);
    }

    public ValueTask<OutgoingMail?> OpenAsync(string id, CancellationToken cancel)
    {
        if (!TryOpen(id, out OpenedSubmission? opened))
            return new((OutgoingMail?)null);
        Submission submission = opened.Submission;
        _ = MailAddress.TryParse(submission.From, out MailAddress from);
        return new(new OutgoingMail(id, from, submission.Octets)
        {
            // Servers that know DSN name it in their bounces, also where they return nothing of the mail.
            EnvelopeId = submission.Dsn?.EnvelopeId ?? id,
            Return = submission.Dsn?.Return switch { "full" => ReturnedContent.Full, "hdrs" => ReturnedContent.Headers, _ => ReturnedContent.Default },
            Fields = (submission.Card ?? (opened.IsOwn ? CardNaming(from, opened.Sender) : null)) is { } card ? [FieldOf(card)] : [],
        });
    }

    public async ValueTask RecordAsync(string id, IReadOnlyList<RecipientMark> marks, CancellationToken cancel)
    {
        await recording.WaitAsync(cancel);
        try
        {
            if (TryOpen(id, out OpenedSubmission? opened))
                await RecordAsync(opened, marks, cancel);
        }
        finally
        {
            recording.Release();
        }
    }

    public void Dispose() => recording.Dispose();

    /// <summary>The text of a card, folded at 76 columns as headers are.</summary>
    internal static string FieldOf(Card card) => $"{MailedCard.Field}:\n {string.Join("\n ", card.ToString().Chunk(75).Select(part => new string(part)))}";

    private async Task RecordAsync(OpenedSubmission opened, IReadOnlyList<RecipientMark> marks, CancellationToken cancel)
    {
        var progress = SubmissionProgress.Of(opened);
        var fates = new List<RecipientFate>();
        for (int i = 0; i < opened.Submission.To.Count; i++)
        {
            if (marks.FirstOrDefault(mark => Is(opened.Submission.To[i], mark.Report.Recipient)) is not { } mark)
                continue;
            progress.Mark(i, mark.Attempts, mark.NextAttempt);
            // That it is tried again is told once.
            if (mark.Report.State != RecipientState.Delayed || mark.Attempts == 1)
                fates.Add(FateOf(opened.Submission.To[i], mark.Report));
        }
        if (opened.IsOwn)
        {
            await notices.TellAsync(opened, fates, cancel);
            fates.Clear();
        }
        await queue.ReportAsync(opened.Name, opened.Sender, fates, progress.Next, progress.Write(), cancel);
    }

    /// <summary>A card that does not name the address would bind nothing.</summary>
    private Card? CardNaming(MailAddress from, Did owner) =>
        cards(owner) is { } card && card.Addresses.Any(address => Is(address, from)) ? card : null;

    private static QueuedMail Describe(OpenedSubmission opened, DateTimeOffset now)
    {
        var progress = SubmissionProgress.Of(opened);
        NotifyWhen notify = NotifyOf(opened.Submission.Dsn);
        var due = new List<QueuedRecipient>();
        for (int i = 0; i < opened.Submission.To.Count; i++)
        {
            if (progress.IsDue(i, now) && MailAddress.TryParse(opened.Submission.To[i], out MailAddress address))
                due.Add(new QueuedRecipient(new MailRecipient(address, notify), progress.Attempts(i)));
        }
        return new QueuedMail(opened.Name.ToString(), opened.Taken, due);
    }

    private static NotifyWhen NotifyOf(DsnOptions? dsn) => (dsn?.Notify ?? []).Aggregate(NotifyWhen.Default, (all, word) => all | word switch
    {
        "delay" => NotifyWhen.Delay,
        "failure" => NotifyWhen.Failure,
        "success" => NotifyWhen.Success,
        _ => NotifyWhen.Never,
    });

    private static RecipientFate FateOf(string address, RecipientReport report)
    {
        FateState state = report.State switch
        {
            RecipientState.Delivered => FateState.Smtp,
            RecipientState.Failed => FateState.Failed,
            _ => FateState.Queued,
        };
        return new RecipientFate(address, state, report.Text, report.Time.ToUnixTimeMilliseconds());
    }

    private static bool Is(string text, MailAddress address) => MailAddress.TryParse(text, out MailAddress parsed) && parsed == address;

    private bool TryOpen(string id, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OpenedSubmission? opened)
    {
        opened = null;
        return Cid.TryParse(id, out Cid name) && queue.TryOpen(name, out opened, out _);
    }
}
