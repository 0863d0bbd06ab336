using System.Diagnostics.CodeAnalysis;
using Defms.Core.Codecs;
using Defms.Core.Threads;

namespace Defms.Core.Replication.Hosting;

/// <summary>
/// The body of <c>POST /defms/v1/hosting</c> (docs/formats/requests.md): somebody registers with a host, asks
/// how things stand, or leaves. Who asks is shown by the signature, and the host learns no more of him.
/// </summary>
public sealed record HostingRequest
{
    /// <summary>One private thread has one snapshot, which may be cut into several announcements.</summary>
    public const int MaxSnapshots = 64;

    /// <summary>Of an invitation; null where there is an agreement already.</summary>
    public byte[]? Token { get; init; }

    /// <summary>Ends the agreement: what is still held is dropped.</summary>
    public bool Leaves { get; init; }

    /// <summary>
    /// Ids of held announcements with the latest snapshots of the asker's private threads, which stay whatever their age; they take the place
    /// of those named before. Null changes nothing.
    /// </summary>
    public IReadOnlyList<byte[]>? Snapshots { get; init; }

    /// <exception cref="InvalidOperationException">The token or an id has another length, or there are none or too many ids.</exception>
    public byte[] Encode()
    {
        if (Token is { Length: not InvitationToken.Length } || Snapshots is { Count: 0 or > MaxSnapshots }
            || Snapshots?.Any(id => id.Length != Announcement.IdLength) == true)
            throw new InvalidOperationException($"A token has {InvitationToken.Length} bytes; there are 1 to {MaxSnapshots} ids of {Announcement.IdLength}.");
        var writer = new DagCborWriter();
        writer.Map((Snapshots is null ? 0 : 1) + (Leaves ? 1 : 0) + (Token is null ? 0 : 1));
        if (Snapshots is not null)
            WriteIds(writer.Key("keep"u8), Snapshots);
        if (Leaves)
            writer.Key("leave"u8).Bool(true);
        if (Token is not null)
            writer.Key("token"u8).Bytes(Token);
        return writer.ToArray();
    }

    /// <summary>Reads the body of a request; <paramref name="error"/> is words that follow "the request".</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out HostingRequest? request, [NotNullWhen(false)] out string? error)
    {
        var reader = new DagCborReader(bytes);
        int fields = reader.ReadMap();
        List<byte[]>? ids = reader.OptionalKey("keep"u8, ref fields) ? ReadIds(ref reader) : null;
        bool leaves = reader.ReadFlag("leave"u8, ref fields);
        byte[]? token = reader.OptionalKey("token"u8, ref fields) ? reader.ReadExactly(InvitationToken.Length) : null;
        reader.EndMap(fields);
        request = reader.End() ? new HostingRequest { Token = token, Leaves = leaves, Snapshots = ids } : null;
        error = request is null ? reader.Error ?? "is none" : null;
        return request is not null;
    }

    private static void WriteIds(DagCborWriter writer, IReadOnlyList<byte[]> ids)
    {
        writer.Array(ids.Count);
        foreach (byte[] id in ids)
            writer.Bytes(id);
    }

    private static List<byte[]> ReadIds(ref DagCborReader reader)
    {
        var ids = new List<byte[]>();
        int count = reader.ReadArray(MaxSnapshots);
        for (int i = 0; i < count && !reader.Failed; i++)
            ids.Add(reader.ReadExactly(Announcement.IdLength));
        if (count == 0)
            reader.Fail("has an empty list");
        return ids;
    }
}
