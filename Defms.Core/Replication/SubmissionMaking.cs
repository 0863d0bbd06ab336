using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>Makes submissions of deliveries that go to the old world: one parcel a mail, with all its recipients there.</summary>
internal sealed class SubmissionMaking(Identity self, TimeProvider time, RandomSource random)
{
    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <param name="deliveries">Queued, of one message, none of them in a submission yet.</param>
    public void Make(IReplicationTables tables, IReadOnlyList<DeliveryRow> deliveries)
    {
        foreach (DeliveryRow[] part in deliveries.Chunk(ParcelWords.MaxRecipients))
        {
            string? fault = TryMake(tables, part, out Cid submission);
            foreach (DeliveryRow delivery in part)
            {
                if (fault is null)
                    tables.Parcels.Carry(delivery, submission, DeliveryState.Queued, "waits for the gateway", delivery.Updated);
                else
                    tables.Parcels.Carry(delivery, null, DeliveryState.Failed, fault, Now);
            }
        }
    }

    private string? TryMake(IReplicationTables tables, DeliveryRow[] deliveries, out Cid submission)
    {
        submission = default;
        if (Gateways.ForSending(tables) is not { } gateway)
            return "no gateway is configured any more";
        if (OctetsOf(tables, deliveries[0].Message) is not { } octets)
            return "its octets are not here whole";
        Card own = OwnCard.Get(tables);
        var mail = MailMessage.Parse(octets);
        var routing = new Routing(tables, own, null);
        string from = mail.From.Select(name => name.Address).FirstOrDefault(routing.IsOwn).ToString();
        if (SenderCheck.Refusal(from, mail, routing.IsOwn) is { } refusal)
            return $"the mail {refusal}";
        try
        {
            var content = new Submission(octets, from, [.. deliveries.Select(delivery => delivery.Address)]) { Card = own };
            submission = ParcelPost.Post(tables, self, gateway.Identity, content, Now, random);
            return null;
        }
        catch (ThreadException e)
        {
            return e.Message;
        }
    }

    private static byte[]? OctetsOf(IReplicationTables tables, long id)
    {
        MessageRow row = tables.Messages.Find(id)!;
        using Threads.Thread thread = ThreadAccess.Open(tables, tables.Threads.Find(row.Thread)!);
        return tables.Blocks.Find(row.Cid) is { } block && thread.TryOpen(block, out Message? message, out _)
            ? thread.ReadOctets(message, tables.Blocks).Octets
            : null;
    }
}
