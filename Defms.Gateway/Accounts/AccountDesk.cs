using System.Net;
using System.Text;
using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Gateway.Authentication;
using Defms.Gateway.Delivery.Transmission;
using Defms.Gateway.Smtp;

namespace Defms.Gateway.Accounts;

/// <summary>
/// Takes mail of other servers for the accounts: finds out who sent it, and queues one sealed parcel for each owner before the sender is told
/// that it was taken.
/// </summary>
/// <param name="check">Null where nothing is looked up.</param>
/// <param name="returns">Null where no mail leaves, so that none comes back.</param>
internal sealed class AccountDesk(
    AccountDirectory accounts, SenderCheck? check, SenderPolicy policy, DeliveryPost post, ReturnDesk? returns, string hostName, MailTally tally) : IMailDesk
{
    /// <summary>RFC 5321, 6.3: at least 100 before a loop is assumed.</summary>
    private const int MostHops = 100;

    private static readonly SmtpReply Looping = new(554, "5.4.6", "The mail has gone in circles");

    public ValueTask<RecipientAnswer> FindAsync(SmtpClient client, MailAddress recipient, CancellationToken cancel)
    {
        AccountBook book = accounts.Current;
        RecipientAnswer answer = book.OwnerOf(recipient) is { } owner ? accounts.NoRoomFor(owner) is { } full ? RecipientAnswer.Refused(full) : RecipientAnswer.Welcome
            : book.HasDomain(recipient) ? RecipientAnswer.Unknown
            : RecipientAnswer.NotOurs;
        if (answer.Refusal is not null)
            tally.CountRefusedRecipient();
        return new(answer);
    }

    public async ValueTask<DeskAnswer> TakeAsync(ReceivedMail mail, CancellationToken cancel)
    {
        DeskAnswer answer = await DecideAsync(mail, cancel);
        if (answer.Refusal is null)
            tally.CountTaken(mail.Octets.Length);
        else if (answer.Refusal.Code < 500)
            tally.CountDeferredMail();
        else
            tally.CountRefusedMail();
        return answer;
    }

    private async Task<DeskAnswer> DecideAsync(ReceivedMail mail, CancellationToken cancel)
    {
        if (IsLooping(MailHeader.Read(mail.Octets)))
            return DeskAnswer.Refused(Looping);
        IPAddress client = AddressOf(mail);
        SenderVerdict verdict = check is null ? SenderVerdict.Unchecked : await check.CheckAsync(
            new SenderEnvelope(client, mail.Client.HelloName, SenderOf(mail)), mail.Octets, cancel);
        SenderDecision decision = verdict.Decide(policy);
        if (decision.Action != SenderAction.Accept)
            return DeskAnswer.Refused(ReplyOf(decision));
        Dictionary<Did, List<string>> owners = OwnersOf(mail);
        if (owners.Count == 0)
            return DeskAnswer.TryLater;
        var arrived = new Arrived(mail.Octets, SenderOf(mail), client.ToString(), mail.Time) { Verdict = verdict };
        // Side by side, so that they share one sync of the disk. Where one fails the sender comes again, and the others know the mail by its octets.
        await Task.WhenAll(owners.Select(pair => post.PostAsync(pair.Key, pair.Value, arrived, cancel)));
        if (returns is not null && mail.Envelope.Sender is null)
        {
            foreach ((Did owner, List<string> to) in owners)
                await returns.NoteAsync(owner, to, mail.Octets, cancel);
        }
        return DeskAnswer.Taken;
    }

    /// <summary>What passes hosts, or leaves by this gateway, again and again.</summary>
    private bool IsLooping(MailHeader header) => header.Places("Received").Count > MostHops
        || header.All(LoopCheck.TraceField).Count(field => IsOwnName(header.Value(field).Span)) >= LoopCheck.MostPassages;

    private bool IsOwnName(ReadOnlySpan<byte> value) => Encoding.ASCII.GetString(value).Trim().Equals(hostName, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whose mail it is now; an account may have been removed since RCPT.</summary>
    private Dictionary<Did, List<string>> OwnersOf(ReceivedMail mail)
    {
        AccountBook book = accounts.Current;
        var owners = new Dictionary<Did, List<string>>();
        foreach (MailAddress address in mail.Envelope.Recipients.Select(recipient => recipient.Address).Distinct())
        {
            if (book.OwnerOf(address) is not { } owner)
                continue;
            if (!owners.TryGetValue(owner, out List<string>? addresses))
                owners.Add(owner, addresses = []);
            addresses.Add(address.ToString());
        }
        return owners;
    }

    private static string SenderOf(ReceivedMail mail) => mail.Envelope.Sender?.ToString() ?? "";

    private static IPAddress AddressOf(ReceivedMail mail)
    {
        IPAddress address = mail.Client.Address?.Address ?? IPAddress.None;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    /// <summary>From "550 5.7.1 words" to its parts.</summary>
    private static SmtpReply ReplyOf(SenderDecision decision)
    {
        string[] parts = decision.Reply.Split(' ', 3);
        return new SmtpReply(int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), parts[1], parts[2]);
    }
}
