using System.Security.Cryptography;
using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Network;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers.Ipfs;

/// <summary>
/// Blocks and what lies below them for anybody who knows a name: the IPFS Trustless Gateway (specs.ipfs.tech, docs/formats/gateway.md). What is
/// not here, not public and not opened gets one answer.
/// </summary>
internal sealed class IpfsRequest(IBlockSource blocks) : IPeerRequest
{
    /// <summary>
    /// What one answer may cost. A thread is at most 36 links deep (33 nodes of a root, message, chunk); the rest is more than a mailbox of ours
    /// has in one thread, and an end for a DAG that was made to have none.
    /// </summary>
    private static readonly DagWalkLimits Limits = new(Depth: 64, Blocks: 1_000_000, Bytes: 16L << 30);

    /// <summary>A name always names the same bytes (Path Gateway, "Cache-Control").</summary>
    private const string Forever = "public, max-age=29030400, immutable";

    public string Method => HttpMethods.Get;

    public bool AnswersHead => true;

    public string Path => IpfsQuestion.Prefix;

    public string Kind => "ipfs";

    public long MaxBody => 0;

    public Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel) => Task.FromResult(Answer(context.Request));

    private Reply Answer(HttpRequest request)
    {
        if (!IpfsQuestion.TryRead(request, out IpfsQuestion? question, out Reply? refusal))
            return refusal;
        if (FindRoot(question.Root) is not { } root || Resolve(question, root) is not { } found)
            return IsOnlyIfCached(request) ? Reply.Refuse(StatusCodes.Status412PreconditionFailed, "there is nothing here by that name") : Dispatcher.Unknown;
        if (IsOutside(question, found.Path.Count > 0 ? found.Path[^1] : null))
            return Reply.Refuse(StatusCodes.Status400BadRequest, "the range begins behind the end of the block");
        Reply reply = question.IsCar ? Car(question, found) : new Reply(StatusCodes.Status200OK, IpfsQuestion.RawType, root.Bytes);
        reply = reply with { Headers = Headers(request, question, found) };
        return IsKnown(request, ETag(question)) ? Reply.NotModified with { Headers = reply.Headers } : reply;
    }

    /// <summary>The bytes of the name asked for; an identity name holds them itself.</summary>
    private Root? FindRoot(Cid cid) => cid.HashFunction == Multihash.Identity
        ? new Root(null, cid.Digest.ToArray())
        : blocks.Find(cid) is { } block ? new Root(block, block.Data) : null;

    /// <summary>Goes along the path; null where it leads to nothing that is had here.</summary>
    private Found? Resolve(IpfsQuestion question, Root root)
    {
        if (root.Block is null)
            return question.Segments.Count == 0 ? new Found([], []) : null;
        List<Block> path = [root.Block];
        IReadOnlyList<Cid> below = DagCborLinks.Of(root.Block);
        string[] segments = [.. question.Segments];
        for (int used = 0; used < segments.Length;)
        {
            Block at = path[^1];
            if (at.Cid.Codec != Cid.DagCbor || !DagCborPath.TryFollow(at.Span, segments.AsSpan(used), out DagCborPlace place))
                return null;
            used += place.Used;
            if (place.Link.IsDefault)
                return new Found(path, DagCborPath.LinksOf(at.Span[place.Start..place.End]));
            if (blocks.Find(place.Link) is not { } next)
                return null;
            path.Add(next);
            below = DagCborLinks.Of(next);
        }
        return new Found(path, below);
    }

    private Reply Car(IpfsQuestion question, Found found)
    {
        string type = $"{PeerProtocol.CarType};version=1;order=dfs;dups={(question.WithRepetitions ? 'y' : 'n')}";
        return Reply.Of(question.Root, Walk(question, found), type);
    }

    private IEnumerable<Block> Walk(IpfsQuestion question, Found found)
    {
        var walk = new DagWalk(blocks, Limits) { WithRepetitions = question.WithRepetitions };
        foreach (Block block in found.Path)
        {
            if (walk.Take(block))
                yield return block;
        }
        if (question.Scope != DagScope.All)
            yield break;
        foreach (Block block in walk.Below(found.Below))
            yield return block;
    }

    /// <summary>Only raw bytes can be told a range of; of a map the range is passed over.</summary>
    private static bool IsOutside(IpfsQuestion question, Block? end) =>
        end is not null && end.Cid.Codec == Cid.Raw && question.FirstByte > 0 && question.FirstByte >= end.Data.Length;

    private static List<(string Name, string Value)> Headers(HttpRequest request, IpfsQuestion question, Found found)
    {
        string extension = question.IsCar ? "car" : "bin";
        List<(string, string)> headers =
        [
            ("Etag", ETag(question)),
            ("Cache-Control", Forever),
            ("Vary", "Accept"),
            ("Accept-Ranges", "none"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Disposition", $"attachment; filename=\"{question.FileName ?? $"{question.Root}.{extension}"}\""),
            ("X-Ipfs-Path", request.Path.ToUriComponent()),
            ("X-Ipfs-Roots", string.Join(',', found.Path.Select(block => block.Cid).DefaultIfEmpty(question.Root))),
        ];
        if (!question.IsFormatInQuery)
            headers.Add(("Content-Location", $"{request.Path.ToUriComponent()}{request.QueryString.Add("format", question.IsCar ? "car" : "raw")}"));
        return headers;
    }

    /// <summary>Names the answer: the same question has the same bytes, unless a thread is not whole, for which a CAR's name is weak.</summary>
    private static string ETag(IpfsQuestion question)
    {
        if (!question.IsCar)
            return $"\"{question.Root}.raw\"";
        string path = string.Join('/', question.Segments);
        string rest = $"{path}?{question.Scope}&{question.Range}&{question.WithRepetitions}";
        return $"W/\"{question.Root}.car.{question.Scope.ToString().ToLowerInvariant()}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rest)).AsSpan(0, 8))}\"";
    }

    /// <summary>RFC 9110 section 13.1.2, which compares weakly.</summary>
    private static bool IsKnown(HttpRequest request, string etag) => request.Headers.IfNoneMatch.ToString()
        .Split(',', StringSplitOptions.TrimEntries).Any(known => known == "*" || Strong(known) == Strong(etag));

    private static string Strong(string etag) => etag.StartsWith("W/", StringComparison.Ordinal) ? etag[2..] : etag;

    private static bool IsOnlyIfCached(HttpRequest request) =>
        request.Headers.CacheControl.ToString().Contains("only-if-cached", StringComparison.OrdinalIgnoreCase);

    private sealed record Root(Block? Block, ReadOnlyMemory<byte> Bytes);

    /// <param name="Path">The blocks along the path, the last one holding its end; none for an identity name.</param>
    /// <param name="Below">What the end of the path links to.</param>
    private sealed record Found(IReadOnlyList<Block> Path, IReadOnlyList<Cid> Below);
}
