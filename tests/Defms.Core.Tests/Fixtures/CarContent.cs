using Defms.Core.Blocks;

namespace Defms.Core.Tests.Fixtures;

/// <summary>What came out of a CAR when it was read to its end or to the first fault.</summary>
internal sealed record CarContent(IReadOnlyList<Cid> Roots, IReadOnlyList<Block> Blocks, string? Error, bool IsOverBudget)
{
    /// <summary>Reads from memory, in pieces of at most <paramref name="piece"/> bytes.</summary>
    public static Task<CarContent> ReadAsync(ReadOnlyMemory<byte> car, int piece = int.MaxValue, CarBudget? budget = null) =>
        ReadAsync(new SlowStream(car, piece), budget ?? CarBudget.Unlimited);

    public static async Task<CarContent> ReadAsync(Stream stream, CarBudget budget)
    {
        CarReader reader = await CarReader.OpenAsync(stream, budget);
        var blocks = new List<Block>();
        while (await reader.NextAsync() is { } block)
            blocks.Add(block);
        return new CarContent(reader.Roots, blocks, reader.Error, reader.IsOverBudget);
    }

    public static async Task<byte[]> WriteAsync(IReadOnlyList<Cid> roots, IEnumerable<Block> blocks)
    {
        using var stream = new MemoryStream();
        CarWriter writer = await CarWriter.CreateAsync(stream, roots);
        foreach (Block block in blocks)
            await writer.WriteAsync(block);
        return stream.ToArray();
    }

    public void AssertWholeAndSame(IEnumerable<Cid> roots, IEnumerable<Cid> blocks, string name)
    {
        Assert.True(Error is null, $"{name} {Error}");
        Assert.False(IsOverBudget);
        Assert.Equal(roots, Roots);
        Assert.Equal(blocks, Blocks.Select(block => block.Cid));
    }
}
