using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Defms.Core.Blocks;
using Defms.Core.Network;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Defms.Serving.Peers.Ipfs;

/// <summary>How much below the end of the path is asked for (Trustless Gateway, "dag-scope").</summary>
internal enum DagScope
{
    Block,
    Entity,
    All,
}

/// <summary>What is asked of <c>/ipfs/</c>, read and checked (Trustless Gateway, "HTTP Request").</summary>
internal sealed record IpfsQuestion
{
    public const string Prefix = "/ipfs/";
    public const string RawType = "application/vnd.ipld.raw";

    /// <summary>No object of ours is nested half as deep, links included.</summary>
    private const int MaxSegments = 64;

    private const int MaxFileNameLength = 100;

    public required Cid Root { get; init; }

    public required IReadOnlyList<string> Segments { get; init; }

    public required bool IsCar { get; init; }

    public DagScope Scope { get; init; }

    public bool WithRepetitions { get; init; }

    /// <summary>The first byte asked for of what the path ends at; negative from the end, 0 also where nothing was said.</summary>
    public long FirstByte { get; init; }

    /// <summary>The range as it was asked for, part of what tells one answer from another; empty where none was.</summary>
    public string Range { get; init; } = "";

    /// <summary>What the answer is to be saved as, where that was asked for and is a plain name.</summary>
    public string? FileName { get; init; }

    /// <summary>Whether the query names the format, so that caches can tell the answers apart.</summary>
    public bool IsFormatInQuery { get; init; }

    public static bool TryRead(HttpRequest request, [NotNullWhen(true)] out IpfsQuestion? question, [NotNullWhen(false)] out Reply? refusal)
    {
        question = null;
        string[] parts = request.Path.Value![Prefix.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || !Cid.TryParse(parts[0], out Cid root))
            refusal = Bad("what stands behind /ipfs/ is no CID");
        else if (parts.Length > MaxSegments)
            refusal = Bad($"the path has more than {MaxSegments} parts");
        else if (request.Headers.ContainsKey("Service-Worker"))
            refusal = Bad("there are no service workers here");
        else if ((refusal = AskedFormat.Read(request, out AskedFormat format)) is null)
            question = ReadRest(request, new IpfsQuestion { Root = root, Segments = parts[1..], IsCar = format.IsCar, WithRepetitions = format.WithRepetitions }, out refusal);
        return question is not null;
    }

    private static IpfsQuestion? ReadRest(HttpRequest request, IpfsQuestion question, out Reply? refusal)
    {
        IQueryCollection query = request.Query;
        refusal = null;
        if (!question.IsCar && question.Segments.Count > 0)
            refusal = Bad("a path leads to blocks that only a CAR can show: ask with ?format=car");
        question = question with { IsFormatInQuery = query.ContainsKey("format"), FileName = PlainName(query["filename"]) };
        if (!question.IsCar || refusal is not null)
            return refusal is null ? question : null;
        if (!TryReadScope(query["dag-scope"], out DagScope scope))
            refusal = Bad("dag-scope is one of block, entity and all");
        else if (query["entity-bytes"] is { Count: > 0 } range)
            return ReadRange(question, range.ToString(), out refusal);
        return refusal is null ? question with { Scope = scope } : null;
    }

    /// <summary>Blocks of ours are entities by themselves, so that a range of bytes asks for the block that holds it.</summary>
    private static IpfsQuestion? ReadRange(IpfsQuestion question, string text, out Reply? refusal)
    {
        string[] ends = text.Split(':');
        bool isGood = ends.Length == 2 && TryReadOffset(ends[0], out _) && (ends[1] == "*" || TryReadOffset(ends[1], out _));
        refusal = isGood ? null : Bad("entity-bytes is from:to, whole numbers, with * for the end");
        return isGood ? question with { Scope = DagScope.Entity, Range = text, FirstByte = long.Parse(ends[0], CultureInfo.InvariantCulture) } : null;
    }

    private static bool TryReadOffset(string text, out long offset) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out offset);

    private static bool TryReadScope(StringValues value, out DagScope scope)
    {
        scope = value.ToString() switch { "block" => DagScope.Block, "entity" => DagScope.Entity, _ => DagScope.All };
        return value.ToString() is "" or "block" or "entity" or "all";
    }

    /// <summary>Names with anything but letters, digits, dots, dashes and underscores are passed over: they stand in a header.</summary>
    private static string? PlainName(StringValues value)
    {
        string name = value.ToString();
        return name.Length is > 0 and <= MaxFileNameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') ? name : null;
    }

    private static Reply Bad(string reason) => Reply.Refuse(StatusCodes.Status400BadRequest, reason);
}
