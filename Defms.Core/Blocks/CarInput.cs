using Defms.Core.Codecs;

namespace Defms.Core.Blocks;

/// <summary>
/// The stream under a <see cref="CarReader"/>, cut into sections (varint length, then so many bytes), within a budget and, inside version
/// 2, within the data that its header announced.
/// </summary>
internal sealed class CarInput(Stream stream, long budget)
{
    /// <summary>Enough that lengths and small blocks come many to a read, small enough that a reader is cheap to make.</summary>
    private const int BufferLength = 32 * 1024;

    private readonly byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferLength);
    private int start;
    private int end;
    private long budgetLeft = budget;
    private long? dataLeft;

    /// <summary>What was wrong, as words that follow "the CAR"; null while nothing is.</summary>
    public string? Error { get; private set; }

    public bool IsOverBudget => budgetLeft < 0;

    /// <summary>Says that the data ends after <paramref name="length"/> more bytes, whatever the stream has behind them.</summary>
    public void EndAfter(long length) => dataLeft = length;

    /// <summary>The next section without its length, or null at the end or at a fault. The array is the caller's.</summary>
    public async ValueTask<byte[]?> ReadSectionAsync(int limit, CancellationToken cancel)
    {
        if (await ReadLengthAsync(cancel) is not { } length)
            return null;
        if (length == 0 || length > (ulong)limit)
        {
            Fail("has a section that is empty or larger than a block may be");
            return null;
        }
        byte[] section = GC.AllocateUninitializedArray<byte>((int)length);
        return await TryFillAsync(section, cancel) ? section : null;
    }

    /// <summary>Fills <paramref name="destination"/> whole, or fails.</summary>
    public async ValueTask<bool> TryFillAsync(Memory<byte> destination, CancellationToken cancel)
    {
        if (!Take(destination.Length))
            return false;
        int have = Math.Min(end - start, destination.Length);
        buffer.AsMemory(start, have).CopyTo(destination);
        start += have;
        Memory<byte> rest = destination[have..];
        return rest.Length == await ReadRestAsync(rest, cancel) || Fail("is cut short");
    }

    /// <summary>Small rests come by way of the buffer, so that the section behind them is mostly there already.</summary>
    private async ValueTask<int> ReadRestAsync(Memory<byte> rest, CancellationToken cancel)
    {
        if (rest.Length >= BufferLength)
            return await stream.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, cancel);
        int filled = 0;
        while (filled < rest.Length && (start < end || await RefillAsync(cancel)))
        {
            int have = Math.Min(end - start, rest.Length - filled);
            buffer.AsMemory(start, have).CopyTo(rest[filled..]);
            start += have;
            filled += have;
        }
        return filled;
    }

    private async ValueTask<ulong?> ReadLengthAsync(CancellationToken cancel)
    {
        if (dataLeft == 0)
            return null;
        ulong length;
        int used;
        while (!Varint.TryRead(buffer.AsSpan(start, end - start), out length, out used))
        {
            if (end - start >= Varint.MaxLength || buffer.AsSpan(start, end - start).ContainsAnyInRange((byte)0, (byte)0x7f))
            {
                Fail("has a bad length");
                return null;
            }
            if (await RefillAsync(cancel))
                continue;
            if (end > start || dataLeft is not null)
                Fail("is cut short");
            return null;
        }
        start += used;
        return Take(used) ? length : null;
    }

    private bool Take(int count)
    {
        if (dataLeft < count)
            return Fail("has a section that reaches beyond the data its header announced");
        dataLeft -= count;
        budgetLeft -= count;
        return budgetLeft >= 0 || Fail("is larger than is taken at once");
    }

    /// <summary>Keeps what is not yet used and reads more behind it; false at the end of the stream.</summary>
    private async ValueTask<bool> RefillAsync(CancellationToken cancel)
    {
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        end -= start;
        start = 0;
        int read = await stream.ReadAsync(buffer.AsMemory(end), cancel);
        end += read;
        return read > 0;
    }

    private bool Fail(string reason)
    {
        Error ??= reason;
        return false;
    }
}
