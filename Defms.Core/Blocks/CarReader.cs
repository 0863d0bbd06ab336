using System.Buffers.Binary;
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
/// as the version 1 it wraps (IPLD CARv2 specification). The first fault ends the reading; <see cref="Error"/> says what it was.
/// </summary>
public sealed class CarReader
{
    /// <summary>Roots beyond this are refused; ours have one.</summary>
    public const int MaxRoots = 1024;

    private const int MaxHeaderLength = 64 * 1024;
    private const int MaxSectionLength = Block.MaxLength + 128;
    private const int Version2HeaderLength = 40;

    private const int BufferLength = 64 * 1024;

    private readonly Stream stream;
    private readonly byte[] buffer = new byte[BufferLength];
    private int bufferStart;
    private int bufferEnd;
    private long blocksLeft;
    private long bytesLeft;
    private long innerLeft = long.MaxValue;

    private CarReader(Stream stream, CarBudget budget)
    {
        this.stream = stream;
        blocksLeft = budget.Blocks;
        bytesLeft = budget.Bytes;
    }

    public IReadOnlyList<Cid> Roots { get; private set; } = [];

    /// <summary>Why reading ended early, as words that follow "the CAR"; null when it is whole so far.</summary>
    public string? Error { get; private set; }

    /// <summary>True when the fault was the budget, not the bytes.</summary>
    public bool IsOverBudget { get; private set; }

    /// <summary>Reads the header. When it is bad, <see cref="Error"/> is set and <see cref="NextAsync"/> gives nothing.</summary>
    public static async ValueTask<CarReader> OpenAsync(Stream stream, CarBudget budget, CancellationToken cancel = default)
    {
        var reader = new CarReader(stream, budget);
        byte[]? header = await reader.ReadSectionAsync(MaxHeaderLength, cancel);
        if (header is not null && reader.ReadHeader(header) is 2 && await reader.EnterVersion2Async(cancel) is { } inner)
            reader.ReadHeader(inner);
        else if (header is null)
            reader.Error ??= "is empty";
        return reader;
    }

    /// <summary>The next block, or null at the end or at a fault.</summary>
    public async ValueTask<Block?> NextAsync(CancellationToken cancel = default)
    {
        if (Error is not null || await ReadSectionAsync(MaxSectionLength, cancel) is not { } section)
            return null;
        if (!Cid.TryRead(section, out Cid cid, out int length))
            return Fail("has a section that does not begin with a CID");
        if (--blocksLeft < 0)
            return FailBudget("holds more blocks than are taken at once");
        return Block.TryVerify(cid, section.AsMemory(length), out Block? block) ? block : Fail($"has a block that does not match its CID {cid}");
    }

    private int ReadHeader(byte[] bytes)
    {
        var reader = new DagCborReader(bytes);
        int fields = reader.ReadMap();
        var roots = new List<Cid>();
        if (reader.OptionalKey("roots"u8, ref fields))
        {
            int count = reader.ReadArray(MaxRoots);
            for (int i = 0; i < count && !reader.Failed; i++)
                roots.Add(ReadAnyCid(ref reader));
        }
        reader.Key("version"u8, ref fields);
        int version = reader.ReadInt32(limit: 2);
        reader.EndMap(fields);
        if (!reader.End() || version == 0)
            Error = $"has a bad header: it {reader.Error ?? "has version 0"}";
        Roots = roots;
        return version;
    }

    private static Cid ReadAnyCid(ref DagCborReader reader)
    {
        if (Cid.TryFrom(reader.ReadLink(), out Cid cid))
            return cid;
        reader.Fail("has a root that is no CID");
        return default;
    }

    /// <summary>Moves to the version 1 data inside version 2 and returns its header section.</summary>
    private async ValueTask<byte[]?> EnterVersion2Async(CancellationToken cancel)
    {
        byte[] fixedHeader = new byte[Version2HeaderLength];
        if (!await FillAsync(fixedHeader, cancel))
            return Cut();
        long offset = BinaryPrimitives.ReadInt64LittleEndian(fixedHeader.AsSpan(16));
        long size = BinaryPrimitives.ReadInt64LittleEndian(fixedHeader.AsSpan(24));
        const int pragmaLength = 11;
        long skip = offset - pragmaLength - Version2HeaderLength;
        if (skip is < 0 or > MaxHeaderLength || size < 0)
        {
            Fail("has a bad version 2 header");
            return null;
        }
        if (!await FillAsync(new byte[skip], cancel))
            return Cut();
        innerLeft = size;
        return await ReadSectionAsync(MaxHeaderLength, cancel);
    }

    private async ValueTask<byte[]?> ReadSectionAsync(int limit, CancellationToken cancel)
    {
        if (innerLeft == 0 || await ReadLengthAsync(cancel) is not { } length)
            return null;
        if (length == 0 || length > (ulong)limit)
        {
            Fail("has a section that is empty or larger than a block may be");
            return null;
        }
        byte[] section = new byte[length];
        return !TakeBytes(section.Length) ? null : await FillAsync(section, cancel) ? section : Cut();
    }

    private async ValueTask<ulong?> ReadLengthAsync(CancellationToken cancel)
    {
        ulong length;
        int used;
        while (!Varint.TryRead(buffer.AsSpan(bufferStart, bufferEnd - bufferStart), out length, out used))
        {
            int have = bufferEnd - bufferStart;
            if (have >= Varint.MaxLength || (have > 0 && buffer[bufferEnd - 1] < 0x80))
            {
                Fail("has a bad length");
                return null;
            }
            if (await RefillAsync(cancel))
                continue;
            if (have > 0)
                Cut();
            return null;
        }
        bufferStart += used;
        return TakeBytes(used) ? length : null;
    }

    private bool TakeBytes(int count)
    {
        bytesLeft -= count;
        if (innerLeft != long.MaxValue)
            innerLeft -= count;
        if (bytesLeft >= 0)
            return true;
        FailBudget("is larger than is taken at once");
        return false;
    }

    private async ValueTask<bool> FillAsync(Memory<byte> destination, CancellationToken cancel)
    {
        int have = Math.Min(bufferEnd - bufferStart, destination.Length);
        buffer.AsMemory(bufferStart, have).CopyTo(destination);
        bufferStart += have;
        Memory<byte> rest = destination[have..];
        return rest.IsEmpty || await stream.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, cancel) == rest.Length;
    }

    /// <summary>Keeps what is not yet used and reads more behind it; false at the end of the stream.</summary>
    private async ValueTask<bool> RefillAsync(CancellationToken cancel)
    {
        buffer.AsSpan(bufferStart, bufferEnd - bufferStart).CopyTo(buffer);
        bufferEnd -= bufferStart;
        bufferStart = 0;
        int read = await stream.ReadAsync(buffer.AsMemory(bufferEnd), cancel);
        bufferEnd += read;
        return read > 0;
    }

    private byte[]? Cut()
    {
        Fail("is cut short");
        return null;
    }

    private Block? FailBudget(string reason)
    {
        IsOverBudget = true;
        return Fail(reason);
    }

    private Block? Fail(string reason)
    {
        Error ??= reason;
        return null;
    }
}
