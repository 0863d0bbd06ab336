using Defms.Core.Blocks;

namespace Defms.Core.Replication;

/// <summary>
/// The blocks that came with one announcement, read one at a time from a CAR under a budget of their own. Who stores them looks first,
/// behind the last one, whether all came whole: <see cref="Error"/>.
/// </summary>
/// <param name="car">Stands behind the announcement. Its exceptions (a broken connection) pass through.</param>
/// <param name="budget">For this announcement's blocks alone; the CAR has its own.</param>
/// <param name="isNext">Tells the first block of what follows in the same CAR; null where nothing does.</param>
public sealed class BlockFeed(CarReader? car, CarBudget budget, Func<Block, bool>? isNext = null)
{
    /// <summary>Nothing came with it.</summary>
    public static BlockFeed None => new(null, CarBudget.Unlimited);

    private long blocks;
    private long bytes;
    private bool ended;

    /// <summary>Why the blocks are not whole, as words that follow "the CAR"; null when they are, so far.</summary>
    public string? Error => car?.Error ?? (IsOverOwnBudget ? "is larger than is taken at once" : null);

    /// <summary>True when the fault is the size, not the bytes.</summary>
    public bool IsTooLarge => car?.IsOverBudget == true || IsOverOwnBudget;

    /// <summary>Bytes of blocks given so far.</summary>
    public long Bytes => bytes;

    /// <summary>The block that <c>isNext</c> told, once it was read.</summary>
    public Block? Behind { get; private set; }

    private bool IsOverOwnBudget => blocks > budget.Blocks || bytes > budget.Bytes;

    /// <summary>The next block, or null behind the last and at a fault.</summary>
    public async ValueTask<Block?> NextAsync(CancellationToken cancel)
    {
        if (await ReadAsync(cancel) is not { } block)
            return null;
        blocks++;
        bytes += block.Data.Length;
        return IsOverOwnBudget ? null : block;
    }

    /// <summary>Passes over what its taker did not read; returns <see cref="Behind"/>.</summary>
    public async ValueTask<Block?> SkipAsync(CancellationToken cancel)
    {
        while (await ReadAsync(cancel) is not null)
        {
        }
        return Behind;
    }

    private async ValueTask<Block?> ReadAsync(CancellationToken cancel)
    {
        if (ended || car is null)
            return null;
        Block? block = await car.NextAsync(cancel);
        bool isBehind = block is not null && isNext?.Invoke(block) == true;
        Behind = isBehind ? block : null;
        ended = isBehind || block is null;
        return ended ? null : block;
    }
}
