using System.Diagnostics.CodeAnalysis;
using Defms.Core.Codecs;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>The body of <c>POST /defms/v1/sync</c> (docs/formats/requests.md).</summary>
public sealed record SyncRequest
{
    public const int DeviceLength = 16;

    /// <summary>A long poll is answered within this time; below the usual time limits of proxies.</summary>
    public const int MaxWaitSeconds = 50;

    /// <summary>The asking machine, 16 random bytes of its store.</summary>
    public required byte[] Device { get; init; }

    /// <summary>The last place it has taken in, which acknowledges all before it; null to start over.</summary>
    public SyncCursor? Cursor { get; init; }

    /// <summary>Whether it wants the roots of all common threads as well.</summary>
    public bool Full { get; init; }

    /// <summary>With <see cref="Full"/>: <see cref="ThreadDigests"/> of the asker's, so that only the roots of buckets that differ are named.</summary>
    public byte[]? Digests { get; init; }

    /// <summary>In bytes: chunks of larger mails are left out of the answer; null for all. The asker comes for them when somebody wants to read.</summary>
    public long? Largest { get; init; }

    /// <summary>How long the answer may wait for something new; only a host of the asker does.</summary>
    public int WaitSeconds { get; init; }

    /// <exception cref="InvalidOperationException">The device has not 16 bytes, or the wait is longer than <see cref="MaxWaitSeconds"/>.</exception>
    public byte[] Encode()
    {
        if (Device.Length != DeviceLength || WaitSeconds is < 0 or > MaxWaitSeconds || (Digests is not null && (!Full || Digests.Length != ThreadDigests.Length)))
            throw new InvalidOperationException($"A device has {DeviceLength} bytes; an answer waits for 0 to {MaxWaitSeconds} seconds; digests stand with full.");
        var writer = new DagCborWriter();
        writer.Map(1 + (Full ? 1 : 0) + (WaitSeconds > 0 ? 1 : 0) + (Cursor is null ? 0 : 1) + (Digests is null ? 0 : 1) + (Largest is null ? 0 : 1));
        if (Full)
            writer.Key("full"u8).Bool(true);
        if (WaitSeconds > 0)
            writer.Key("wait"u8).Int(WaitSeconds);
        if (Cursor is not null)
            writer.Key("cursor"u8).Bytes(Cursor.Encode());
        writer.Key("device"u8).Bytes(Device);
        if (Digests is not null)
            writer.Key("digests"u8).Bytes(Digests);
        if (Largest is { } largest)
            writer.Key("largest"u8).Int(largest);
        return writer.ToArray();
    }

    /// <summary>Reads the body of a request; <paramref name="error"/> is words that follow "the request".</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SyncRequest? request, [NotNullWhen(false)] out string? error)
    {
        var reader = new DagCborReader(bytes);
        int fields = reader.ReadMap();
        bool full = reader.ReadFlag("full"u8, ref fields);
        int wait = reader.OptionalKey("wait"u8, ref fields) ? ReadWait(ref reader) : 0;
        SyncCursor? cursor = reader.OptionalKey("cursor"u8, ref fields) ? SyncCursor.Read(ref reader) : null;
        reader.Key("device"u8, ref fields);
        byte[] device = reader.ReadExactly(DeviceLength);
        byte[]? digests = reader.OptionalKey("digests"u8, ref fields) ? reader.ReadExactly(ThreadDigests.Length) : null;
        long? largest = reader.OptionalKey("largest"u8, ref fields) ? ReadLargest(ref reader) : null;
        reader.EndMap(fields);
        if (digests is not null && !full)
            reader.Fail("has digests without asking for roots");
        request = reader.End() ? new SyncRequest { Device = device, Cursor = cursor, Full = full, WaitSeconds = wait, Digests = digests, Largest = largest } : null;
        error = request is null ? reader.Error ?? "is none" : null;
        return request is not null;
    }

    private static long ReadLargest(ref DagCborReader reader)
    {
        long bytes = reader.ReadInt64();
        if (bytes < 0)
            reader.Fail("leaves out mails of less than nothing");
        return bytes;
    }

    private static int ReadWait(ref DagCborReader reader)
    {
        int seconds = reader.ReadInt32(MaxWaitSeconds);
        if (seconds == 0)
            reader.Fail("has a wait of no time that is not left out");
        return seconds;
    }
}
