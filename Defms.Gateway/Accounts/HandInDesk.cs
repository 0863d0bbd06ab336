using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Core.Threads;
using Defms.Gateway.Delivery.Transmission;
using Defms.Gateway.Smtp;
using SenderCheck = Defms.Core.Mailboxes.SenderCheck;

namespace Defms.Gateway.Accounts;

/// <summary>
/// Takes mail that an account's old programs and devices hand in with a password (RFC 6409), under the same rule as sealed submissions: in the
/// name of its owner's addresses alone. What is for others leaves by the sealed queue, what is for accounts of this gateway is delivered at once,
/// and the owner gets a copy as sent mail. Sealed before it touches the disk, all of it.
/// </summary>
/// <param name="queue">Null where no mail leaves: then only accounts of this gateway are reached.</param>
internal sealed class HandInDesk(
    AccountDirectory accounts, SubmissionQueue? queue, DeliveryPost post, string hostName, RandomSource random, MailTally tally) : IMailDesk
{
    private const int MessageIdBytes = 16;

    /// <summary>As Maildir says it of one's own mail.</summary>
    private const string Seen = "S";

    private static readonly SmtpReply NothingLeaves = new(550, "5.7.1", "No mail leaves here for other domains");
    private static readonly SmtpReply NotYours = new(550, "5.7.1", "MAIL FROM, From and Sender must be addresses of your account, and there must be one From");
    private static readonly SmtpReply Looping = new(554, "5.4.6", "The mail has gone in circles");

    public ValueTask<RecipientAnswer> FindAsync(SmtpClient client, MailAddress recipient, CancellationToken cancel)
    {
        AccountBook book = accounts.Current;
        RecipientAnswer answer = accounts.IsFull ? RecipientAnswer.Refused(SmtpReply.StoreFull)
            : book.OwnerOf(recipient) is { } owner ? accounts.NoRoomFor(owner) is { } full ? RecipientAnswer.Refused(full) : RecipientAnswer.Welcome
            : book.HasDomain(recipient) ? RecipientAnswer.Unknown
            : queue is null ? RecipientAnswer.Refused(NothingLeaves)
            : RecipientAnswer.Welcome;
        if (answer.Refusal is not null)
            tally.CountRefusedRecipient();
        return new(answer);
    }

    public async ValueTask<DeskAnswer> TakeAsync(ReceivedMail mail, CancellationToken cancel)
    {
        SmtpReply? refusal = await DecideAsync(mail, cancel);
        if (refusal is null)
            tally.CountTaken(mail.Octets.Length);
        else
            tally.CountRefusedMail();
        return refusal is null ? DeskAnswer.Taken : DeskAnswer.Refused(refusal);
    }

    private async Task<SmtpReply?> DecideAsync(ReceivedMail mail, CancellationToken cancel)
    {
        AccountBook book = accounts.Current;
        string from = mail.Envelope.Sender?.ToString() ?? "";
        var message = MailMessage.Parse(mail.Octets);
        if (AccountBook.KeyOf(mail.Client.Account ?? "") is not { } key || book.All.FirstOrDefault(each => each.Address == key) is not { Owner: var owner })
            return NotYours;
        if (SenderCheck.Refusal(from, message, address => book.OwnerOf(address) == owner) is not null)
            return NotYours;
        if (LoopCheck.Find(message, hostName) is not null)
            return Looping;
        await TakeAsync(owner, from, Complete(mail, message), mail, cancel);
        return null;
    }

    /// <summary>RFC 6409, 8: a submission server may add what must be there. No octets that leave name a blind reader.</summary>
    private ReadOnlyMemory<byte> Complete(ReceivedMail mail, MailMessage message)
    {
        string id = $"{Convert.ToHexStringLower(random.Bytes(MessageIdBytes))}@{mail.Envelope.Sender!.Value.AsciiDomain}";
        return MessageEditing.AddMissing(MessageEditing.RemoveBcc(mail.Octets), mail.Time, new NamedAddress("", message.From[0].Address), id);
    }

    private Task TakeAsync(Did owner, string sender, ReadOnlyMemory<byte> octets, ReceivedMail mail, CancellationToken cancel)
    {
        AccountBook book = accounts.Current;
        EnvelopeRecipient[] recipients = [.. mail.Envelope.Recipients.DistinctBy(each => each.Address.Canonical)];
        var arrived = new Arrived(octets, sender, hostName, mail.Time);
        IEnumerable<Task> work =
        [
            post.PostAsync(owner, [sender], arrived with { IsSent = true, Flags = Seen }, cancel),
            .. from recipient in recipients
               group recipient.Address.ToString() by book.OwnerOf(recipient.Address) into same
               where same.Key is not null && same.Key != owner
               select post.PostAsync(same.Key.GetValueOrDefault(), [.. same], arrived, cancel),
            .. from recipient in recipients
               where book.OwnerOf(recipient.Address) is null
               group recipient.Address.ToString() by recipient.Notify into same
               select queue!.AddAsync(owner, new Submission(octets, sender, [.. same]) { Dsn = DsnOf(mail.Envelope, same.Key) }, cancel),
        ];
        // Side by side, so that they share one sync of the disk.
        return Task.WhenAll(work);
    }

    private static DsnOptions? DsnOf(Envelope envelope, DsnNotify? notify)
    {
        bool isPlain = envelope.EnvelopeId?.All(c => c is >= ' ' and < '\x7f') == true;
        string? id = isPlain && envelope.EnvelopeId is { Length: > 0 } given ? given : null;
        string? kind = envelope.Return switch { DsnReturn.Full => "full", DsnReturn.Headers => "hdrs", _ => null };
        if (id is null && kind is null && notify is null)
            return null;
        string[] words = notify is not { } some ? [] : some == DsnNotify.Never ? ["never"] : [.. Words(some)];
        return new DsnOptions { EnvelopeId = id, Return = kind, Notify = words };
    }

    private static IEnumerable<string> Words(DsnNotify notify)
    {
        if (notify.HasFlag(DsnNotify.Delay))
            yield return "delay";
        if (notify.HasFlag(DsnNotify.Failure))
            yield return "failure";
        if (notify.HasFlag(DsnNotify.Success))
            yield return "success";
    }
}
