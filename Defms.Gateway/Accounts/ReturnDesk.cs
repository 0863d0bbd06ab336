using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Core.Threads;
using Defms.Gateway.Delivery.Bounces;

namespace Defms.Gateway.Accounts;

/// <summary>
/// Lets a bounce change what the author of a mail sees of its fate. A bounce proves nothing by itself, so it counts only where it names a mail that
/// this gateway took out for the owner of the very address that it comes to: by the mail's Message-ID or our ENVID, for recipients that it had
/// (docs/formats/outgoing.md).
/// </summary>
internal sealed class ReturnDesk(SubmissionQueue submissions, TimeProvider time)
{
    /// <param name="to">The recipients' addresses that are this owner's; null for what lay in a mailbox of his, which may have more of them.</param>
    /// <param name="octets">A mail that came from the null sender.</param>
    public async Task NoteAsync(Did owner, IReadOnlyList<string>? to, ReadOnlyMemory<byte> octets, CancellationToken cancel)
    {
        if (BounceReader.Read(MailMessage.Parse(octets)) is not { } bounce)
            return;
        Cid? name = Cid.TryParse(bounce.EnvelopeId ?? "", out Cid cid) ? cid : null;
        foreach (SentMail sent in submissions.FindSent(owner, bounce.MessageId, name))
        {
            if (to?.Any(address => IsSame(address, sent.From)) == false)
                continue;
            RecipientFate[] fates = [.. FatesOf(bounce, sent)];
            if (fates.Length > 0)
                await submissions.ReportBounceAsync(sent.Name, fates, cancel);
        }
    }

    private IEnumerable<RecipientFate> FatesOf(Bounce bounce, SentMail sent)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (string address in sent.To)
        {
            if (bounce.Recipients.FirstOrDefault(each => IsAbout(each, address)) is { } news && WordOf(news) is { } word)
            {
                FateState state = news.IsFailure ? FateState.Failed : FateState.Smtp;
                string by = bounce.ReportingServer is { } server ? $" by {server}" : "";
                yield return new RecipientFate(address, state, $"{word}{by}: {news.Diagnostic ?? news.Status?.ToString() ?? "no reason given"}", now);
            }
        }
    }

    /// <summary>Null for what says nothing new.</summary>
    private static string? WordOf(BouncedRecipient news) => news switch
    {
        { IsFailure: true } => "returned",
        { Action: BounceAction.Delayed } => "delayed",
        { Action: BounceAction.Delivered } => "delivered",
        { Action: BounceAction.Relayed } => "passed on",
        _ => null,
    };

    private static bool IsAbout(BouncedRecipient news, string address) =>
        MailAddress.TryParse(address, out MailAddress parsed) && (news.Original == parsed || news.Recipient == parsed);

    private static bool IsSame(string left, string right) =>
        MailAddress.TryParse(left, out MailAddress one) && MailAddress.TryParse(right, out MailAddress other) && one.Canonical == other.Canonical;
}
