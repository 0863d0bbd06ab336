using Defms.Core.Codecs;

namespace Defms.Core.Blocks;

/// <summary>What a CAR may hold at most; beyond it reading stops with a reason.</summary>
/// <param name="Blocks">How many blocks.</param>
/// <param name="Bytes">How many bytes, all together.</param>
public readonly record struct CarBudget(long Blocks, long Bytes)
{
    /// <summary>For files that the person named by hand.</summary>
    public static CarBudget Unlimited => new(long.MaxValue, long.MaxValue);
}

/// <summary>
/// Reads CAR version 1 block by block, checking each against its name, from a stranger's stream and under a budget. Version 2 is read
/// as the version 1 it wraps (docs/formats/car.md). The first fault ends the reading; <see cref="Error"/> says what it was. The stream
/// may be read beyond the last block; it belongs to the caller, whose exceptions (a broken disk or connection) pass through.
/// </summary>
public sealed class CarReader
{
    /// <summary>Roots beyond this are refused; ours have one.</summary>
    public const int MaxRoots = 1024;

    private const int MaxHeaderLength = 64 * 1024;
    private const int MaxSectionLength = Block.MaxLength + CidShape.MaxLength;

    private readonly CarInput input;
    private long blocksLeft;
    private string? error;

    private CarReader(Stream stream, CarBudget budget)
    {
        input = new CarInput(stream, budget.Bytes);
        blocksLeft = budget.Blocks;
    }

    public IReadOnlyList<Cid> Roots { get; private set; } = [];

    /// <summary>Why reading ended early, as words that follow "the CAR"; null when it is whole so far.</summary>
    public string? Error => error ?? input.Error;

    /// <summary>True when the fault was the budget, not the bytes.</summary>
    public bool IsOverBudget => blocksLeft < 0 || input.IsOverBudget;

    /// <summary>Reads the header. When it is bad, <see cref="Error"/> is set and <see cref="NextAsync"/> gives nothing.</summary>
    public static async ValueTask<CarReader> OpenAsync(Stream stream, CarBudget budget, CancellationToken cancel = default)
    {
        var reader = new CarReader(stream, budget);
        byte[]? header = await reader.ReadHeaderAsync(cancel);
        if (CarHeader.IsVersion2(header))
            header = await reader.EnterVersion2Async(cancel);
        if (header is not null)
            reader.TakeRoots(header);
        return reader;
    }

    /// <summary>The next block, or null at the end or at a fault.</summary>
    public async ValueTask<Block?> NextAsync(CancellationToken cancel = default)
    {
        if (Error is not null || await input.ReadSectionAsync(MaxSectionLength, cancel) is not { } section)
            return null;
        if (!Cid.TryRead(section, out Cid cid, out int length))
            return Fail("has a section that does not begin with a CID");
        if (--blocksLeft < 0)
            return Fail("holds more blocks than are taken at once");
        return Block.TryVerify(cid, section.AsMemory(length), out Block? block) ? block : Fail(WhyRefused(cid, section.Length - length));
    }

    private static string WhyRefused(Cid cid, int length)
    {
        if (length > Block.MaxLength)
            return $"has a block larger than {Block.MaxLength} bytes, {cid}";
        return Multihash.Knows(cid.HashFunction)
            ? $"has a block that does not match its CID {cid}"
            : $"has a block whose hash function is not known here, {cid}";
    }

    private async ValueTask<byte[]?> ReadHeaderAsync(CancellationToken cancel)
    {
        byte[]? header = await input.ReadSectionAsync(MaxHeaderLength, cancel);
        if (header is null && input.Error is null)
            error = "is empty";
        return header;
    }

    /// <summary>Moves to the version 1 data inside version 2 and returns its header.</summary>
    private async ValueTask<byte[]?> EnterVersion2Async(CancellationToken cancel)
    {
        byte[] fixedHeader = new byte[CarHeader.Version2Length];
        if (!await input.TryFillAsync(fixedHeader, cancel))
            return null;
        if (!CarHeader.TryReadVersion2(fixedHeader, out int padding, out long size))
        {
            error = "has a bad version 2 header";
            return null;
        }
        if (!await input.TryFillAsync(new byte[padding], cancel))
            return null;
        input.EndAfter(size);
        return await ReadHeaderAsync(cancel);
    }

    private void TakeRoots(byte[] header)
    {
        if (CarHeader.TryReadVersion1(header, MaxRoots, out IReadOnlyList<Cid> roots, out string? reason))
            Roots = roots;
        else
            error = $"has a bad header: it {reason}";
    }

    private Block? Fail(string reason)
    {
        error = reason;
        return null;
    }
}
