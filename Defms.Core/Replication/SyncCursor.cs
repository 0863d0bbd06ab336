namespace Defms.Core.Replication;

/// <summary>
/// A place in somebody's store, opaque to the one who presents it: which store (made anew when a store is restored or replaced), and
/// the last row that was taken in.
/// </summary>
/// <param name="Epoch">16 random bytes of the store.</param>
/// <param name="Row">0 before the first.</param>
public sealed record SyncCursor(byte[] Epoch, long Row);
