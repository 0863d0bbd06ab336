using System.Buffers;
using System.Text;
using Defms.Gateway.Delivery.Transmission;

namespace Defms.Gateway.Delivery.Client;

/// <summary>What a transaction came to.</summary>
/// <param name="Results">One for each recipient, in their order.</param>
/// <param name="MayTryElsewhere">
/// The server failed before it was asked to take the mail, so that another one may be asked at once without the mail arriving twice.
/// </param>
internal sealed record TransactionResult(IReadOnlyList<RecipientResult> Results, bool MayTryElsewhere);

/// <summary>One mail to recipients at one server (RFC 5321, 3.3). Used once.</summary>
internal sealed class MailTransaction(SmtpWire wire, ServerFeatures features, SmtpTimeouts timeouts, string remote, TlsState tls)
{
    private const int Block = 64 * 1024;

    private readonly List<MailRecipient> accepted = [];
    private readonly Dictionary<MailRecipient, RecipientResult> results = new(ReferenceEqualityComparer.Instance);
    private bool mayTryElsewhere;

    public async Task<TransactionResult> RunAsync(PreparedMail mail, IReadOnlyList<MailRecipient> recipients, CancellationToken cancel)
    {
        List<MailRecipient> possible = [.. recipients.Where(each => !IsRefusedBefore(mail, each))];
        if (possible.Count > 0)
            await EnvelopeAsync(mail, possible, cancel);
        if (accepted.Count > 0)
            await DataAsync(mail, cancel);
        return new TransactionResult([.. recipients.Select(each => results[each])], mayTryElsewhere);
    }

    /// <summary>What the server has said that it cannot take is not tried.</summary>
    private bool IsRefusedBefore(PreparedMail mail, MailRecipient recipient)
    {
        (EnhancedCode code, string words)? refusal = null;
        if (!recipient.Address.IsValid)
            refusal = (new EnhancedCode(5, 1, 3), "the address is none that mail can be sent to");
        else if (mail.NeedsUtf8 && !features.SmtpUtf8)
            refusal = (new EnhancedCode(5, 6, 7), $"{remote} does not take mail with UTF-8 in its header or sender's address (no SMTPUTF8)");
        else if (recipient.Address.NeedsUtf8 && !features.SmtpUtf8)
            refusal = (new EnhancedCode(5, 6, 7), $"{remote} does not know addresses beyond ASCII (no SMTPUTF8)");
        else if (mail.NeedsEightBit && !features.EightBitMime)
            refusal = (new EnhancedCode(5, 6, 3), $"{remote} takes ASCII only (no 8BITMIME), and the mail has octets beyond it");
        else if (features.MaxSize > 0 && mail.Size > features.MaxSize)
            refusal = (new EnhancedCode(5, 3, 4), $"the mail has {mail.Size} octets, and {remote} takes at most {features.MaxSize}");
        if (refusal is not { } found)
            return false;
        results[recipient] = RecipientResult.Own(recipient.Address, DeliveryOutcome.Permanent, found.code, found.words) with { Remote = remote, Tls = tls };
        return true;
    }

    /// <summary>With PIPELINING in one write; DATA waits, so that a mail without recipients is never begun (RFC 2920, 3.1).</summary>
    private async Task EnvelopeAsync(PreparedMail mail, List<MailRecipient> recipients, CancellationToken cancel)
    {
        bool isUtf8 = mail.NeedsUtf8 || recipients.Exists(each => each.Address.NeedsUtf8);
        string from = EnvelopeCommands.MailFrom(mail, isUtf8, features);
        string all = features.Pipelining ? string.Concat(recipients.Select(each => EnvelopeCommands.RcptTo(each, features))) : "";
        RemoteReply reply = await AskAsync(from + all, timeouts.MailFrom, cancel);
        bool isOpen = reply.IsPositive;
        if (!isOpen)
            Settle(recipients, reply, elsewhere: !reply.IsPermanent);
        foreach (MailRecipient recipient in recipients)
        {
            if (!isOpen && !features.Pipelining)
                return;
            RemoteReply answer = features.Pipelining
                ? await wire.ReadAsync(timeouts.RcptTo, cancel)
                : await AskAsync(EnvelopeCommands.RcptTo(recipient, features), timeouts.RcptTo, cancel);
            if (isOpen)
                Take(recipient, answer);
        }
        // What is settled by a fault or 421 in the middle holds for those accepted before it, too.
        if (wire.Fault is { } fault)
            Abandon(fault);
    }

    private void Take(MailRecipient recipient, RemoteReply answer)
    {
        if (answer.IsPositive)
            accepted.Add(recipient);
        else
            Settle([recipient], answer, elsewhere: answer.IsFault || answer.IsClosing, isTemporary: answer.Code == 552);
        if (answer.IsClosing)
            Abandon(wire.Break(answer));
        else if (!answer.IsFault && answer.Code is < 200 or (>= 300 and < 400))
            Abandon(wire.Break(RemoteReply.Fault($"the server answered RCPT with {answer.Verbatim}")));
    }

    private void Abandon(RemoteReply reply)
    {
        Settle(accepted, reply, elsewhere: true);
        accepted.Clear();
    }

    private async Task DataAsync(PreparedMail mail, CancellationToken cancel)
    {
        RemoteReply start = await AskAsync("DATA\r\n", timeouts.DataStart, cancel);
        if (start.Code != 354)
        {
            // "250" to DATA would be a mail delivered that was never sent.
            RemoteReply refusal = start.Code is >= 200 and < 400
                ? wire.Break(RemoteReply.Fault($"the server answered DATA with {start.Verbatim}"))
                : start;
            Settle(accepted, refusal, elsewhere: !refusal.IsPermanent);
            return;
        }
        bool isSent = await SendAsync(mail, cancel);
        RemoteReply end = isSent ? await AskAsync(".\r\n", timeouts.DataEnd, cancel) : wire.Fault!;
        // Without an answer to the end of data nobody knows who has the mail; asking another server now might double it.
        Settle(accepted, end, elsewhere: !isSent || end.IsClosing);
        if (!end.IsFault && end.Code is >= 300 and < 400)
            wire.Break(RemoteReply.Fault($"the server answered the end of data with {end.Verbatim}"));
    }

    private async Task<bool> SendAsync(PreparedMail mail, CancellationToken cancel)
    {
        var ready = new ArrayBufferWriter<byte>(Block + 1024);
        var stuffing = new DotStuffing(ready);
        foreach (ReadOnlyMemory<byte> part in new[] { mail.Front, mail.Rest })
        {
            for (int at = 0; at < part.Length; at += Block)
            {
                stuffing.Write(part.Span[at..Math.Min(part.Length, at + Block)]);
                if (!await wire.WriteAsync(ready.WrittenMemory, timeouts.DataBlock, cancel))
                    return false;
                ready.ResetWrittenCount();
            }
        }
        return true;
    }

    private void Settle(IEnumerable<MailRecipient> recipients, RemoteReply reply, bool elsewhere, bool isTemporary = false)
    {
        DeliveryOutcome outcome = reply.IsPositive ? DeliveryOutcome.Delivered
            : reply.IsPermanent && !isTemporary ? DeliveryOutcome.Permanent
            : DeliveryOutcome.Temporary;
        foreach (MailRecipient recipient in recipients)
            results[recipient] = RecipientResult.Of(recipient.Address, outcome, reply, remote, tls);
        mayTryElsewhere |= elsewhere && outcome == DeliveryOutcome.Temporary;
        if (reply.IsClosing)
            wire.Break(reply);
    }

    private async Task<RemoteReply> AskAsync(string commands, TimeSpan limit, CancellationToken cancel)
    {
        await wire.WriteAsync(Encoding.UTF8.GetBytes(commands), limit, cancel);
        return await wire.ReadAsync(limit, cancel);
    }
}
