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

    public byte[] Encode()
    {
        byte[] bytes = new byte[EpochLength + sizeof(long)];
        Epoch.CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(EpochLength), Row);
        return bytes;
    }

    public static SyncCursor Read(ref DagCborReader reader)
    {
        byte[] bytes = reader.ReadExactly(EpochLength + sizeof(long));
        return new SyncCursor(bytes[..EpochLength], BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(EpochLength)));
    }
}
