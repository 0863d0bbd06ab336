namespace Defms.Core.Replication;

/// <summary>
/// Which of the owner's machines made an announcement to himself: the second half of its id begins like that machine's device, the first
/// is random. So a machine is not told what it has brought (docs/formats/own-machines.md).
/// </summary>
public static class MachineTag
{
    /// <summary>Enough to tell one person's machines apart; what is left of an id keeps it unique.</summary>
    public const int Length = 8;

    /// <summary>A fresh id for an announcement to oneself.</summary>
    public static byte[] NewId(ReadOnlySpan<byte> device, RandomSource random) => [.. random.Bytes(Announcement.IdLength - Length), .. OfDevice(device)];

    public static ReadOnlySpan<byte> OfDevice(ReadOnlySpan<byte> device) => device[..Length];

    public static ReadOnlySpan<byte> OfAnnouncement(Announcement announcement) => announcement.Id[^Length..];
}
