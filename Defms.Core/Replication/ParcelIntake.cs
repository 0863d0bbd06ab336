using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>
/// Takes parcels in: deliveries and reports of gateways that the owner entered, and, where the owner is a gateway, submissions of those who
/// have an account. What a parcel holds is stored in the transaction that earns the receipt; the blocks of a delivery and a report are not.
/// </summary>
/// <param name="desk">Decides on submissions; null where none are taken.</param>
internal sealed class ParcelIntake(IStore<IReplicationTables> store, Identity self, TimeProvider time, ISubmissionDesk? desk)
{
    /// <summary>A submission must not come again when its name is forgotten (<see cref="SubmissionQueue"/>).</summary>
    private static readonly TimeSpan OldestSubmission = TimeSpan.FromDays(7);

    /// <summary>Clocks differ; more than this would outlast the memory of its name.</summary>
    private static readonly TimeSpan NewestSubmission = TimeSpan.FromDays(1);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Whether parcels of this sender are opened at all.</summary>
    public bool IsWelcome(IReplicationTables tables, Announcement announcement)
    {
        Did sender = announcement.Sender.Identity;
        ContactRow? contact = tables.Contacts.Find(sender);
        bool isCurrent = contact is null || (contact.State != ContactState.Blocked && contact.Card.Epoch <= announcement.Sender.Epoch);
        return isCurrent && sender != self.Did && (Gateways.Has(tables, sender) || desk?.IsAccount(sender) == true);
    }

    public async Task<ReceptionResult> TakeAsync(Announcement announcement, byte[] key, Card sender, BlockFeed blocks, CancellationToken cancel)
    {
        var arrived = new MemoryBlockstore();
        while (await blocks.NextAsync(cancel) is { } block)
            arrived.Put([block]);
        if (blocks.Error is not null)
            return ReceptionResult.Of(blocks);
        if (arrived.Find(announcement.Thread) is not { } first || ParcelOutbox.BodyOf(first).Any(chunk => !arrived.Has(chunk)))
            return ReceptionResult.Of(ReceptionFault.Malformed, "the parcel did not come with all of its blocks");
        if (!Parcel.TryOpen(first, key, arrived, out Parcel? parcel, out string? error))
            return Refuse(announcement, $"the parcel {error}");
        if (parcel.Recipient != self.Did || !parcel.Sender.Equals(announcement.Sender))
            return Refuse(announcement, "the parcel is between others than its announcement");
        return parcel.Content switch
        {
            DeliveredMail mail => await TakeAsync(announcement, sender, [mail], cancel),
            DeliveredMails several => await TakeAsync(announcement, sender, several.Mails, cancel),
            SubmissionReport report => await StoreAsync(announcement, sender, tables => Note(tables, parcel, report), cancel),
            Submission submission => await TakeAsync(announcement, sender, parcel, submission, arrived, cancel),
            _ => Refuse(announcement, "the parcel is of a kind that is not known here"),
        };
    }

    private async Task<ReceptionResult> TakeAsync(
        Announcement announcement, Card sender, IReadOnlyList<DeliveredMail> mails, CancellationToken cancel)
    {
        if (mails.Any(mail => mail.Origin.Gateway.Identity != announcement.Sender.Identity))
            return Refuse(announcement, "the origin of the mail is by another gateway");
        var delivered = new List<Delivered>(mails.Count);
        try
        {
            foreach (DeliveredMail mail in mails)
                delivered.Add(Delivered.Prepare(store, self, mail));
            return await StoreAsync(
                announcement, sender,
                tables => IsGateway(tables, announcement) ?? Outcome.Took(delivered.Sum(mail => mail.Keep(tables, self.Did, time.GetUtcNow()))), cancel);
        }
        finally
        {
            delivered.ForEach(mail => mail.Dispose());
        }
    }

    private async Task<ReceptionResult> TakeAsync(
        Announcement announcement, Card sender, Parcel parcel, Submission submission, MemoryBlockstore arrived, CancellationToken cancel)
    {
        if (Refusal(parcel, submission) is { } refusal)
            return Refuse(announcement, refusal);
        byte[]? tag = SentMail.Tag(self, parcel.Sender.Identity, submission);
        byte[] memory = SentMail.Of(parcel.Cid, parcel.Sender.Identity, submission).Seal(self);
        return await StoreAsync(announcement, sender, tables =>
        {
            if (tables.Submissions.Find(parcel.Cid) is not null)
                return Outcome.Took(0);
            tables.Blocks.Put([parcel.Block, .. ParcelOutbox.BodyOf(parcel.Block).Select(chunk => arrived.Find(chunk)!)]);
            long now = Now;
            tables.Submissions.Add(new SubmissionRow(parcel.Cid, parcel.Sender.Identity, announcement.Block.Data.ToArray(), now, now, []) { Tag = tag, Memory = memory });
            return Outcome.Took(1);
        }, cancel);
    }

    private string? Refusal(Parcel parcel, Submission submission)
    {
        long age = Now - parcel.Time;
        if (desk is null || !desk.IsAccount(parcel.Sender.Identity))
            return "no submissions of yours are taken here";
        if (age > (long)OldestSubmission.TotalMilliseconds)
            return "the submission is older than seven days; send the mail again";
        if (age < -(long)NewestSubmission.TotalMilliseconds)
            return "the submission is of tomorrow; look at your clock";
        if (submission.To.FirstOrDefault(to => !MailAddress.TryParse(to, out _)) is { } bad)
            return bad.Length > 100 ? "a recipient is no mail address" : $"the recipient {bad} is no mail address";
        return desk.Refusal(parcel.Sender.Identity, submission, MailMessage.Parse(submission.Octets));
    }

    /// <summary>A report counts only from the gateway that the submission went to, for the recipients that it had.</summary>
    private Outcome Note(IReplicationTables tables, Parcel parcel, SubmissionReport report)
    {
        if (tables.Parcels.Find(report.Submission) is not { Type: ParcelType.Submission } row || row.Recipient != parcel.Sender.Identity)
            return Outcome.Refused("no submission of mine to you has that name");
        if (parcel.Time < row.Reported)
            return Outcome.Took(0);
        foreach (RecipientFate fate in report.Recipients)
        {
            (DeliveryState state, string detail) = Describe(fate);
            tables.Parcels.SetCarried(row.Cid, fate.Address, state, detail, Now);
        }
        tables.Parcels.SetReported(row.Cid, parcel.Time);
        return Outcome.Took(0);
    }

    private static (DeliveryState, string) Describe(RecipientFate fate) => fate.State switch
    {
        FateState.Smtp => (DeliveryState.Smtp, fate.Reply ?? ""),
        FateState.Failed => (DeliveryState.Failed, fate.Reply ?? "given up by the gateway"),
        _ => (DeliveryState.Held, fate.Reply is { } reply ? $"the gateway tries again: {reply}" : "the gateway tries again"),
    };

    /// <summary>Asked once more, where nobody else writes: the owner may have let the gateway go meanwhile.</summary>
    private static Outcome? IsGateway(IReplicationTables tables, Announcement announcement) =>
        Gateways.Has(tables, announcement.Sender.Identity) ? null : Outcome.Refused("mail is taken only from gateways that I entered");

    /// <summary>Does the work and gives the receipt in one transaction, which others may share.</summary>
    private async Task<ReceptionResult> StoreAsync(
        Announcement announcement, Card sender, Func<IReplicationTables, Outcome> work, CancellationToken cancel)
    {
        Outcome done = await store.WriteAsync(tables =>
        {
            Outcome outcome = work(tables);
            if (outcome.Refusal is not null)
                return outcome;
            long now = Now;
            new ContactBook(tables, self.Did, time.GetUtcNow()).Learn(sender);
            Card? newer = announcement.RecipientEpoch < self.CurrentEpoch ? OwnCard.Get(tables) : null;
            Receipt receipt = Receipt.Issue(self, announcement, Verdict.Stored, null, [], now, newer);
            tables.Received.Put(announcement.Id, announcement.Sender.Identity, receipt.Block.Span, now);
            return outcome with { Receipt = receipt };
        }, cancel);
        return done.Refusal is { } refusal ? Refuse(announcement, refusal) : ReceptionResult.Of(done.Receipt!, done.Added);
    }

    private ReceptionResult Refuse(Announcement announcement, string reason) =>
        ReceptionResult.Of(Receipt.Issue(self, announcement, Verdict.Refused, Receipt.Fitting(reason), [], Now));

    private sealed record Outcome(Receipt? Receipt, string? Refusal, int Added)
    {
        public static Outcome Took(int added) => new(null, null, added);

        public static Outcome Refused(string reason) => new(null, reason, 0);
    }
}
