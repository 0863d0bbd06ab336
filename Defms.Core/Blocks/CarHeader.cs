using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Defms.Core.Codecs;

namespace Defms.Core.Blocks;

/// <summary>The headers of CAR version 1 and 2 as bytes (IPLD CARv1 and CARv2 specifications).</summary>
internal static class CarHeader
{
    /// <summary>The fixed part of version 2: characteristics (16 bytes), data offset, data size, index offset (8 each).</summary>
    public const int Version2Length = 40;

    /// <summary>More bytes between the version 2 header and its data are refused; go-car leaves 1,413 in one of its samples.</summary>
    public const int MaxPadding = 64 * 1024;

    private const int PragmaLength = 11;

    /// <summary>The header with which every version 2 file begins, behind its length: <c>{"version": 2}</c>.</summary>
    private static readonly byte[] Version2 = [0xa1, 0x67, .. "version"u8, 2];

    public static bool IsVersion2(ReadOnlySpan<byte> header) => header.SequenceEqual(Version2);

    /// <summary>Reads <c>{"roots": [links], "version": 1}</c>.</summary>
    public static bool TryReadVersion1(
        ReadOnlySpan<byte> header, int maxRoots, out IReadOnlyList<Cid> roots, [NotNullWhen(false)] out string? reason)
    {
        var reader = new DagCborReader(header);
        int fields = reader.ReadMap();
        reader.Key("roots"u8, ref fields);
        int count = reader.ReadArray(maxRoots);
        var found = new List<Cid>();
        for (int i = 0; i < count && !reader.Failed; i++)
            found.Add(reader.ReadAnyCid());
        reader.Key("version"u8, ref fields);
        if (reader.ReadInt32() != 1)
            reader.Fail("is not of version 1");
        reader.EndMap(fields);
        roots = reader.End() ? found : [];
        reason = reader.Error;
        return reason is null;
    }

    /// <summary>Reads the fixed part of version 2. What it says of an index is passed over: blocks are read in order.</summary>
    public static bool TryReadVersion2(ReadOnlySpan<byte> header, out int padding, out long size)
    {
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
        const ulong start = PragmaLength + Version2Length;
        bool good = offset is >= start and <= start + MaxPadding && length is > 0 and < long.MaxValue;
        padding = good ? (int)(offset - start) : 0;
        size = good ? (long)length : 0;
        return good;
    }

    public static byte[] Write(IReadOnlyList<Cid> roots)
    {
        DagCborWriter header = new DagCborWriter().Map(2).Key("roots"u8).Array(roots.Count);
        foreach (Cid root in roots)
            header.Link(root);
        return header.Key("version"u8).Unsigned(1).ToArray();
    }

    private static Cid ReadAnyCid(this ref DagCborReader reader)
    {
        ReadOnlySpan<byte> link = reader.ReadLink();
        return reader.Failed ? default : Cid.From(link);
    }
}
