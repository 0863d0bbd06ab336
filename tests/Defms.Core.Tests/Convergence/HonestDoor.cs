using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Core.Tests.Convergence;

/// <summary>Answers as the daemon does: the same desks, behind the same checks, without HTTP.</summary>
internal sealed class HonestDoor(Machine machine) : IDoor
{
    public Task<byte[]> AnswerAsync(Packet packet) => packet.Request switch
    {
        Request.Announce => AnnounceAsync(packet),
        Request.Receipt => Task.FromResult(Receipt(packet)),
        Request.Sync => SyncAsync(packet),
        Request.Fetch => FetchAsync(packet),
        _ => Task.FromResult(ShowCard(packet)),
    };

    private async Task<byte[]> AnnounceAsync(Packet packet)
    {
        CarReader car = await CarReader.OpenAsync(new MemoryStream(packet.Body), Reception.Budget);
        Block? first = await car.NextAsync();
        if (first is null || car.Roots.Count != 1 || car.Roots[0] != first.Cid)
            throw Refused("the CAR's one root and first block is not the announcement");
        if (!Announcement.TryRead(first, out Announcement? announcement, out string? error))
            throw Refused(error);
        var reception = new Reception(machine.Store, machine.Identity, machine.Time);
        reception.IsWelcome(announcement);
        ReceptionResult result = await reception.TakeAsync(announcement, new BlockFeed(car, Reception.Budget), "198.51.100.0/24", CancellationToken.None);
        return result.Receipt?.Block.Data.ToArray()
            ?? throw (result.Fault == ReceptionFault.NoRoom ? new PeerException(PeerFault.Busy, result.Reason) : Refused(result.Reason));
    }

    private byte[] Receipt(Packet packet)
    {
        string? refusal = new ReceiptDesk(machine.Store, machine.Identity, machine.Outbox).Take(Block.Create(Cid.DagCbor, packet.Body));
        return refusal switch
        {
            null => [],
            ReceiptDesk.NotWaiting => throw new PeerException(PeerFault.Gone, refusal),
            _ => throw Refused(refusal),
        };
    }

    private async Task<byte[]> SyncAsync(Packet packet)
    {
        SignedRequest asker = Check(packet);
        if (!SyncRequest.TryDecode(packet.Body, out SyncRequest? request, out string? error))
            throw Refused(error);
        (SyncHead head, IEnumerable<Block> blocks) = await new SyncDesk(machine.Store, machine.Identity, machine.Time, machine.Outbox).AnswerAsync(asker, request, CancellationToken.None);
        return await Cars.PackAsync(head.ToBlock().Cid, blocks);
    }

    private async Task<byte[]> FetchAsync(Packet packet)
    {
        SignedRequest asker = Check(packet);
        if (!WantList.TryDecode(packet.Body, out WantList? wants, out string? error))
            throw Refused(error);
        return await Cars.PackAsync(wants.Thread, new BlockDesk(machine.Store, machine.Identity).Answer(asker.From, wants));
    }

    private byte[] ShowCard(Packet packet)
    {
        SignedRequest asker = Check(packet);
        Card? shown = null;
        if (packet.Body.Length > 0 && !Card.TryDecode(packet.Body, out shown, out string? error))
            throw Refused(error);
        return new CardDesk(machine.Store, machine.Identity, machine.Time).Answer(asker.From, shown)?.Encoded.ToArray() ?? [];
    }

    private SignedRequest Check(Packet packet)
    {
        GateResult result = machine.Gate.Check(packet.Signed, "POST", packet.Path, packet.Body);
        return result.Request ?? throw Refused(result.Reason);
    }

    private static PeerException Refused(string reason) => new(PeerFault.Refused, reason);
}

/// <summary>Blocks as the bytes of a CAR, and back.</summary>
internal static class Cars
{
    public static async Task<byte[]> PackAsync(Cid root, IEnumerable<Block> blocks)
    {
        var stream = new MemoryStream();
        CarWriter car = await CarWriter.CreateAsync(stream, [root]);
        foreach (Block block in blocks)
            await car.WriteAsync(block);
        return stream.ToArray();
    }

    /// <summary>The whole blocks of a CAR that others may have cut or altered.</summary>
    public static async Task<List<Block>> ReadAsync(byte[] bytes)
    {
        CarReader car = await CarReader.OpenAsync(new MemoryStream(bytes), CarBudget.Unlimited);
        var blocks = new List<Block>();
        while (await car.NextAsync() is { } block)
            blocks.Add(block);
        return blocks;
    }
}
