using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication;

/// <summary>Brings what waits in the outbox to its recipients: at every endpoint of theirs in turn, until one takes it.</summary>
internal sealed class Deliverer(Outbox outbox, PeerBook book, IPeer peer)
{
    private const int Batch = 256;
    private const int ParallelRecipients = 8;
    private const int ParallelRequests = 2;

    /// <summary>Each parcel is a request of its own, of some kilobytes; so many share one sync of the recipient's disk.</summary>
    private const int ParallelParcels = 16;

    /// <summary>A receipt that asks for ever more of the same would keep us sending for ever.</summary>
    private const int MaxRounds = 64;

    /// <param name="all">Whether the person asked, so that pauses do not count.</param>
    public async Task DeliverAsync(bool all, SyncReport report, CancellationToken cancel)
    {
        outbox.Announce();
        outbox.RetryHeld();
        HashSet<long> tried = [];
        while (true)
        {
            IReadOnlyList<OutgoingRow> rows = outbox.Claim(all, Batch, tried);
            if (rows.Count == 0)
                return;
            var options = SideBySide(ParallelRecipients, cancel);
            await Parallel.ForEachAsync(rows.GroupBy(row => row.Recipient), options, async (group, stop) => await DeliverToAsync([.. group], report, stop));
        }
    }

    /// <summary>
    /// One recipient's rows, two at a time (or more, where they are small parcels), so that he can verify the one while he writes the other; when he cannot be reached or is busy
    /// the others are not tried now.
    /// </summary>
    private async Task DeliverToAsync(IReadOnlyList<OutgoingRow> rows, SyncReport report, CancellationToken cancel)
    {
        PeerException? standing = null;
        int parallel = outbox.AtOnce(rows, ParallelRequests, ParallelParcels);
        var options = SideBySide(parallel, cancel);
        await Parallel.ForEachAsync(rows, options, async (row, stop) =>
        {
            IReadOnlyList<PeerAddress> endpoints = book.EndpointsOf(row.Recipient, row.Thread);
            if (endpoints.Count == 0)
            {
                outbox.AwaitAsking(row);
                return;
            }
            IReadOnlyList<Did> holders = outbox.HoldersOf(row);
            PeerException? failure;
            try
            {
                // Who says that he has it is asked last: somebody else may bring it to its end.
                failure = Volatile.Read(ref standing)
                    ?? await TryAllAsync(row, [.. endpoints.OrderBy(endpoint => holders.Contains(endpoint.Identity))], report, stop);
            }
            catch (DamagedRowException e)
            {
                if (outbox.Replace(row))
                    return;
                outbox.Postpone(row, e.Message);
                report.AddFailure(book.NameOf(row.Recipient), e.Message);
                return;
            }
            if (failure is null)
                return;
            if (holders.Count > 0)
            {
                outbox.LeaveHeld(row);
                return;
            }
            outbox.Postpone(row, failure.Message);
            bool endsRound = failure.Fault is PeerFault.Unreachable or PeerFault.Busy;
            if (!endsRound || Interlocked.CompareExchange(ref standing, failure, null) is null)
                report.AddFailure(book.NameOf(row.Recipient), failure.Message);
        });
    }

    private async Task<PeerException?> TryAllAsync(OutgoingRow row, IReadOnlyList<PeerAddress> endpoints, SyncReport report, CancellationToken cancel)
    {
        PeerException? failure = null;
        bool isUnwanted = row.Kind == OutgoingKind.Receipt;
        foreach (PeerAddress endpoint in endpoints)
        {
            try
            {
                await (row.Kind == OutgoingKind.Receipt ? SendReceiptAsync(row, endpoint, cancel) : AnnounceAsync(row, endpoint, report, cancel));
                return null;
            }
            catch (PeerException e)
            {
                failure = e;
                isUnwanted &= e.Fault == PeerFault.Refused;
            }
        }
        if (!isUnwanted)
            return failure;
        // Wherever the sender is reached, nobody takes receipts for him any more.
        outbox.Remove(row);
        return null;
    }

    private async Task SendReceiptAsync(OutgoingRow row, PeerAddress endpoint, CancellationToken cancel)
    {
        if (!Receipt.TryRead(Block.Create(Cid.DagCbor, row.Bytes), out Receipt? receipt, out string? error))
            throw new DamagedRowException($"The receipt that waits here {error}.");
        try
        {
            await peer.SendReceiptAsync(endpoint, receipt, cancel);
        }
        catch (PeerException e) when (e.Fault == PeerFault.Gone)
        {
            // The sender waits for it no more: he has had another one, or let the mail go.
        }
        outbox.Remove(row);
    }

    private async Task AnnounceAsync(OutgoingRow row, PeerAddress endpoint, SyncReport report, CancellationToken cancel)
    {
        if (!Announcement.TryRead(Block.Create(Cid.DagCbor, row.Bytes), out Announcement? announcement, out string? error))
            throw new DamagedRowException($"The announcement that waits here {error}. Send the mail again with 'defms resend'.");
        Receipt receipt = await peer.AnnounceAsync(endpoint, announcement, outbox.BlocksOf(row), cancel);
        receipt = await SendMissingAsync(row, endpoint, announcement, receipt, cancel);
        bool isByHost = receipt.Signer.Identity != row.Recipient;
        if (isByHost && receipt.Verdict == Verdict.Refused)
            throw new PeerException(PeerFault.Refused, $"{endpoint.Url} refused for the recipient: {receipt.Reason}");
        if (TakesMore(row, receipt))
            throw new PeerException(PeerFault.BadAnswer, $"{endpoint.Url} has taken the mail but still asks for {receipt.Missing.Count} blocks that are not here.");
        if (!await outbox.ApplyAsync(row, receipt, endpoint.Identity, cancel))
            throw new PeerException(PeerFault.BadAnswer, $"{endpoint.Url} answered with a receipt that does not count: it is signed by {receipt.Signer.Identity}.");
        if (receipt.Verdict == Verdict.Refused)
            report.AddFailure(book.NameOf(row.Recipient), $"refused: {receipt.Reason ?? "no reason given"}");
        else
            report.AddSent();
    }

    /// <summary>On the scheduler of the one who delivers: a simulation has all of it run in one order.</summary>
    private static ParallelOptions SideBySide(int by, CancellationToken cancel) =>
        new() { MaxDegreeOfParallelism = by, CancellationToken = cancel, TaskScheduler = TaskScheduler.Current };

    private bool TakesMore(OutgoingRow row, Receipt receipt) => receipt.Verdict is Verdict.Stored or Verdict.Held && outbox.IsLacking(row, receipt);

    /// <summary>Large bodies go in several requests: each receipt says what is still missing.</summary>
    private async Task<Receipt> SendMissingAsync(OutgoingRow row, PeerAddress endpoint, Announcement announcement, Receipt receipt, CancellationToken cancel)
    {
        for (int round = 0; round < MaxRounds && TakesMore(row, receipt); round++)
        {
            int before = receipt.Missing.Count;
            Cid first = receipt.Missing[0];
            receipt = await peer.AnnounceAsync(endpoint, announcement, outbox.BlocksAsked(row, receipt.Missing), cancel);
            if (receipt.Missing.Count >= before && receipt.Missing.Contains(first))
                break;
        }
        return receipt;
    }

    /// <summary>What waits was signed here, and its bytes are not what they were.</summary>
    private sealed class DamagedRowException(string message) : Exception(message);
}
