using System.Buffers.Binary;
using Defms.Core.Codecs;

namespace Defms.Core.Replication;

/// <summary>
/// A place in somebody's store, opaque to the one who presents it: which store (made anew when a store is restored or replaced), and
/// the last row that was taken in.
/// </summary>
/// <param name="Epoch">16 random bytes of the store.</param>
/// <param name="Row">0 before the first.</param>
public sealed record SyncCursor(byte[] Epoch, long Row)
{
    public const int EpochLength = 16;

    /// <exception cref="InvalidOperationException">The epoch has not 16 bytes, or the row is negative.</exception>
    public byte[] Encode()
    {
        if (Epoch.Length != EpochLength || Row < 0)
            throw new InvalidOperationException($"A cursor has {EpochLength} bytes of epoch, and rows are counted from 0.");
        byte[] bytes = new byte[EpochLength + sizeof(long)];
        Epoch.CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(EpochLength), Row);
        return bytes;
    }

    public static SyncCursor Read(ref DagCborReader reader)
    {
        byte[] bytes = reader.ReadExactly(EpochLength + sizeof(long));
        long row = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(EpochLength));
        if (row < 0)
            reader.Fail("has a cursor before the first row");
        return new SyncCursor(bytes[..EpochLength], row);
    }
}
