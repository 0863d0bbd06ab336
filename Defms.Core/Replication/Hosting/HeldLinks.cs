using Defms.Core.Blocks;

namespace Defms.Core.Replication.Hosting;

/// <summary>
/// Which blocks belong to an announcement, as a blind host sees it: the thread's first block, what names the thread, and what those link
/// to. Links are public, so no key is needed; what no link leads to is not held, so that nobody stores files here.
/// </summary>
internal sealed class HeldLinks(Announcement announcement)
{
    /// <summary>Of messages and other structured blocks of one announcement, in bytes: our own senders bring 8 MiB at most. It bounds the links, too.</summary>
    private const int MaxStructured = 16 * 1024 * 1024;

    private readonly HashSet<Cid> chunks = [];
    private readonly HashSet<Cid> nodes = [announcement.Thread, announcement.Root];
    private long structured;

    /// <summary>True when there was more structure than is followed.</summary>
    public bool IsTooLarge => structured > MaxStructured;

    /// <summary>Whether a block belongs, by those seen before it; its own links count from now on.</summary>
    public bool Follow(Block block)
    {
        if (block.Cid.Codec == Cid.Raw)
            return chunks.Contains(block.Cid);
        IReadOnlyList<Cid> links = DagCborLinks.Of(block);
        if (!block.Cid.IsOurs || !(nodes.Contains(block.Cid) || links.Contains(announcement.Thread)))
            return false;
        structured += block.Data.Length;
        foreach (Cid link in links.Where(link => link.IsOurs && !IsTooLarge))
            (link.Codec == Cid.Raw ? chunks : nodes).Add(link);
        return true;
    }

    /// <summary>What has to be here before the announcement can be handed on: the first block, and every chunk that a message names.</summary>
    public IEnumerable<Cid> Missing(IHeldTable held, long item) => chunks.Prepend(announcement.Thread).Where(cid => !held.HasBlock(item, cid));
}
