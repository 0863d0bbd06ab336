using System.Text;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Core.Threads;

namespace Defms.Gateway.Accounts;

/// <summary>
/// Tells an owner that mail which he handed in by SMTP did not reach somebody: a delivery status notification (RFC 3464) as a sealed parcel. It never
/// leaves by SMTP, so it cannot meet another program's answer.
/// </summary>
internal sealed class FailureNotices(DeliveryPost post, string hostName, TimeProvider time)
{
    private const string Boundary = "=_defms_report";

    /// <summary>Octets of the header that is given back: what long headers have.</summary>
    private const int MaxHeader = 64 * 1024;

    /// <summary>When this returns, the notice is on the disk. Where nobody wants one there is none.</summary>
    public async Task TellAsync(OpenedSubmission submission, IReadOnlyList<RecipientFate> fates, CancellationToken cancel)
    {
        RecipientFate[] failed = [.. fates.Where(fate => fate.State == FateState.Failed)];
        IReadOnlyList<string> notify = submission.Submission.Dsn?.Notify ?? [];
        if (failed.Length == 0 || (notify.Count > 0 && !notify.Contains("failure")))
            return;
        string from = submission.Submission.From;
        var notice = new Arrived(Compose(submission, failed), From: "", hostName, time.GetUtcNow());
        await post.PostAsync(submission.Sender, [from], notice, cancel);
    }

    private byte[] Compose(OpenedSubmission submission, RecipientFate[] failed)
    {
        Submission mail = submission.Submission;
        var original = MailMessage.Parse(mail.Octets);
        string references = original.MessageId is { } id ? $"In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n" : "";
        var text = new StringBuilder(
            $"From: Mail delivery <postmaster@{hostName}>\r\nTo: <{mail.From}>\r\nSubject: Not delivered\r\nDate: {MailDate.Format(time.GetUtcNow())}\r\n"
            + $"Message-ID: <{submission.Name}.{failed[0].Time}@{hostName}>\r\n{references}Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
            + $"Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"{Boundary}\"\r\n\r\n"
            + $"--{Boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            + "Your mail did not reach:\r\n\r\n");
        foreach (RecipientFate fate in failed)
            text.Append(null, $"{fate.Address}\r\n  {OneLine(fate.Reply)}\r\n");
        text.Append(null, $"\r\n--{Boundary}\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; {hostName}\r\n");
        foreach (RecipientFate fate in failed)
            text.Append(null, $"\r\nFinal-Recipient: rfc822; {fate.Address}\r\nAction: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; {OneLine(fate.Reply)}\r\n");
        text.Append(null, $"\r\n--{Boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\n");
        ReadOnlyMemory<byte> header = mail.Octets[..Math.Min(original.Root.BodyOffset, MaxHeader)];
        return [.. Encoding.UTF8.GetBytes(text.ToString()), .. header.Span, .. Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n")];
    }

    private static string OneLine(string? reply) => string.IsNullOrWhiteSpace(reply) ? "given up" : string.Concat(reply.Select(c => char.IsControl(c) ? ' ' : c));
}
