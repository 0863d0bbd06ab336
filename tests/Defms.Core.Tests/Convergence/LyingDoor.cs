using Defms.Core.Blocks;
using Defms.Core.Replication;
using Defms.Core.Tests.Support;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Convergence;

/// <summary>Answers for Mallory: half of the time as anybody would, else with what serves him.</summary>
internal sealed class LyingDoor(Liar liar, RandomSource chance) : IDoor
{
    private readonly HonestDoor honest = new(liar.Machine);

    public async Task<byte[]> AnswerAsync(Packet packet)
    {
        if (chance.Below(10) == 0)
            throw new PeerException(PeerFault.Busy, "not now");
        if (chance.Below(10) == 0)
            return chance.Bytes(chance.Below(300));
        bool isLie = chance.Below(2) == 0;
        return packet.Request switch
        {
            Request.Announce when isLie => await ClaimAsync(packet),
            Request.Sync when isLie => await InventAsync(packet),
            Request.Fetch => await WithholdAsync(packet),
            _ => await honest.AnswerAsync(packet),
        };
    }

    /// <summary>"Stored", of what was thrown away; or it lacks what does not exist.</summary>
    private async Task<byte[]> ClaimAsync(Packet packet)
    {
        List<Block> blocks = await Cars.ReadAsync(packet.Body);
        if (blocks is not [var first, ..] || !Announcement.TryRead(first, out Announcement? announcement, out _))
            return [];
        Cid[] missing = chance.Below(2) == 0 ? [] : [Cid.Of(Cid.Raw, chance.Bytes(8))];
        return Receipt.Issue(liar.Machine.Identity, announcement, Verdict.Stored, null, missing, liar.Machine.Now).Block.Data.ToArray();
    }

    /// <summary>Names states of threads that do not exist, made of what belongs elsewhere; and brings old announcements, of whomever.</summary>
    private async Task<byte[]> InventAsync(Packet packet)
    {
        if (!SyncRequest.TryDecode(packet.Body, out SyncRequest? request, out _))
            return [];
        List<Block> items = [];
        foreach ((Uri _, Packet old) in liar.Overheard(3))
            items.AddRange(await Cars.ReadAsync(old.Body));
        List<Cid> announced = [.. items.Where(block => Announcement.TryRead(block, out _, out _)).Select(block => block.Cid).Distinct()];
        var head = new SyncHead
        {
            Cursor = new SyncCursor(request.Cursor?.Epoch ?? chance.Bytes(SyncCursor.EpochLength), chance.Below(1000)),
            Items = announced,
            Roots = [.. liar.Threads().Select(thread => (thread, Invent(thread)))],
        };
        return await Cars.PackAsync(head.ToBlock().Cid, items.Prepend(head.ToBlock()));
    }

    /// <summary>A root over messages of other threads, which the asker will find not to belong.</summary>
    private Cid Invent(Cid thread)
    {
        Cid[] foreign = [.. liar.Hidden.Where(hidden => hidden.Thread != thread).Select(hidden => hidden.Message.Cid).Distinct()];
        RootChange root = ThreadRoot.Build(thread, foreign);
        foreach (Block node in root.Blocks)
            liar.Extra[node.Cid] = node;
        return root.Root;
    }

    /// <summary>Of what he is asked for some blocks and not others; sometimes what nobody asked for.</summary>
    private async Task<byte[]> WithholdAsync(Packet packet)
    {
        List<Block> blocks = await Cars.ReadAsync(await honest.AnswerAsync(packet));
        WantList.TryDecode(packet.Body, out WantList? wants, out _);
        blocks.AddRange(wants!.Blocks.Where(liar.Extra.ContainsKey).Select(cid => liar.Extra[cid]));
        blocks.RemoveAll(_ => chance.Below(4) == 0);
        if (chance.Below(5) == 0)
            blocks.Add(Block.Create(Cid.Raw, chance.Bytes(40)));
        return await Cars.PackAsync(wants.Thread, blocks);
    }
}
