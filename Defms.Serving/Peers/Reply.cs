using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Network;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>What is answered: a status and bytes, or a CAR that is read while it is sent.</summary>
internal sealed record Reply(int Status, string ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>Why it was refused, for the log.</summary>
    public string Reason { get; private init; } = "";

    /// <summary>This machine's clock in Unix milliseconds, where only the clocks disagree.</summary>
    public long? Time { get; private init; }

    /// <summary>Further header fields.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The blocks of a CAR in place of <see cref="Body"/>.</summary>
    public (Cid Root, IEnumerable<Block> Blocks)? Car { get; private init; }

    public static Reply Of(Block block) => new(StatusCodes.Status200OK, PeerProtocol.DagCborType, block.Data);

    public static Reply Of(Cid root, IEnumerable<Block> blocks, string contentType = PeerProtocol.CarType) =>
        new(StatusCodes.Status200OK, contentType, default) { Car = (root, blocks) };

    public static Reply Text(string text, string contentType = "text/plain; charset=utf-8") =>
        new(StatusCodes.Status200OK, contentType, Encoding.UTF8.GetBytes(text));

    public static Reply Nothing { get; } = new(StatusCodes.Status204NoContent, "", default);

    /// <summary>What the caller has already is still what it would get.</summary>
    public static Reply NotModified { get; } = new(StatusCodes.Status304NotModified, "", default);

    public static Reply Refuse(int status, string reason, long? time = null) =>
        new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(Cut(reason) + "\n")) { Reason = reason, Time = time };

    private static string Cut(string reason) =>
        reason.Length <= PeerProtocol.MaxReasonLength ? reason : reason[..PeerProtocol.MaxReasonLength];
}
