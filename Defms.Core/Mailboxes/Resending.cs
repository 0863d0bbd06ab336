using Defms.Core.Mime;

namespace Defms.Core.Mailboxes;

/// <summary>Hands a mail that was sent sealed, and has not arrived, to the old mail world as well: only ever by the person's word.</summary>
public static class Resending
{
    /// <summary>
    /// Queues a mail for SMTP to those who have not stored it; what is queued for them natively stays so. Returns the addresses.
    /// </summary>
    /// <param name="deliveries">All deliveries of the mail.</param>
    /// <exception cref="MailboxException">No gateway is configured, the mail is not from an own address, or nobody is left to send it to.</exception>
    public static IReadOnlyList<string> ViaSmtp(IMailTables tables, IReadOnlyList<DeliveryRow> deliveries, long now)
    {
        if (Gateways.ForSending(tables) is null)
            throw new MailboxException("No gateway is configured, so nothing can be handed to SMTP. The mail stays queued as it was. 'defms config gateway' enters one.");
        var legacy = deliveries.Where(row => row.IsLegacy).Select(row => (row.Message, row.Address)).ToHashSet();
        List<DeliveryRow> native = [.. deliveries.Where(row => !row.IsLegacy && row.State != DeliveryState.Stored
            && MailAddress.TryParse(row.Address, out _) && !legacy.Contains((row.Message, row.Address)))];
        List<DeliveryRow> failed = [.. deliveries.Where(row => row.IsLegacy && row.State == DeliveryState.Failed)];
        if (native.Count + failed.Count == 0)
            throw new MailboxException("There is nobody to hand it to by SMTP: everyone has it, it is on its way by SMTP already, or no address of theirs is known.");
        foreach (DeliveryRow row in native)
            tables.Deliveries.Add(row with { Identity = default, State = DeliveryState.Queued, Detail = "", Updated = now });
        foreach (long message in failed.Select(row => row.Message).Distinct())
            tables.Deliveries.Requeue(message, default, now);
        return [.. native.Concat(failed).Select(row => row.Address).Distinct()];
    }
}
