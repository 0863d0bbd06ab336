using System.Globalization;
using System.Text;
using Defms.Core.Codecs;

namespace Defms.Core.Blocks;

/// <summary>Where a path has led inside one block.</summary>
/// <param name="Used">How many segments were gone along in this block.</param>
/// <param name="Link">The block that the path goes on to, or ends at; default where it ends inside this one.</param>
/// <param name="Start">Where the value at its end begins, in bytes, where it ends inside.</param>
/// <param name="End">Where that value ends.</param>
public readonly record struct DagCborPlace(int Used, Cid Link, int Start, int End);

/// <summary>
/// Follows a path through DAG-CBOR (IPLD pathing): a segment is a key of a map or an index of a list, and a link leads into the next block.
/// Does not recurse; takes time by the length of the block.
/// </summary>
public static class DagCborPath
{
    /// <summary>False when the path leads nowhere, or the block is not strict DAG-CBOR as far as it was read.</summary>
    /// <param name="segments">What is left of the path; at least one.</param>
    public static bool TryFollow(ReadOnlySpan<byte> block, ReadOnlySpan<string> segments, out DagCborPlace place)
    {
        place = default;
        var tokens = new DagCborTokens(block);
        int start = 0;
        if (!tokens.Next())
            return false;
        for (int used = 0; used < segments.Length && tokens.Token != DagCborToken.Link; used++)
        {
            if (!TryEnter(ref tokens, segments[used], out start))
                return false;
            place = place with { Used = used + 1 };
        }
        if (tokens.Token == DagCborToken.Link)
        {
            place = place with { Link = Cid.From(tokens.Content) };
            return true;
        }
        place = place with { Start = start };
        if (!TrySkip(ref tokens))
            return false;
        place = place with { End = tokens.Position };
        return true;
    }

    /// <summary>The links inside a part of a block that <see cref="TryFollow"/> ended at, in order.</summary>
    public static IReadOnlyList<Cid> LinksOf(ReadOnlySpan<byte> value)
    {
        var links = new List<Cid>();
        var tokens = new DagCborTokens(value);
        while (tokens.Next())
        {
            if (tokens.Token == DagCborToken.Link)
                links.Add(Cid.From(tokens.Content));
        }
        return links;
    }

    /// <summary>Moves from a container to the value of one of its entries.</summary>
    /// <param name="start">Where that value begins.</param>
    private static bool TryEnter(ref DagCborTokens tokens, string segment, out int start)
    {
        start = 0;
        ulong count = tokens.Argument;
        if (tokens.Token == DagCborToken.Map)
            return TryEnterMap(ref tokens, count, segment, out start);
        // One number has one text: "01" and "+1" are no indices.
        if (tokens.Token != DagCborToken.Array || !ulong.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out ulong index)
            || index >= count || segment.Length != index.ToString(CultureInfo.InvariantCulture).Length)
            return false;
        for (ulong i = 0; i < index; i++)
        {
            if (!tokens.Next() || !TrySkip(ref tokens))
                return false;
        }
        start = tokens.Position;
        return tokens.Next();
    }

    private static bool TryEnterMap(ref DagCborTokens tokens, ulong count, string segment, out int start)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(segment);
        start = 0;
        for (ulong i = 0; i < count; i++)
        {
            if (!tokens.Next())
                return false;
            bool isWanted = tokens.Content.SequenceEqual(wanted);
            start = tokens.Position;
            if (!tokens.Next())
                return false;
            if (isWanted)
                return true;
            if (!TrySkip(ref tokens))
                return false;
        }
        return false;
    }

    /// <summary>Moves behind the value that <paramref name="tokens"/> stands on.</summary>
    private static bool TrySkip(ref DagCborTokens tokens)
    {
        for (ulong left = Inside(tokens); left > 0;)
        {
            if (!tokens.Next())
                return false;
            if (tokens.Token != DagCborToken.Key)
                left = left - 1 + Inside(tokens);
        }
        return true;
    }

    /// <summary>How many values a container holds; keys are not counted.</summary>
    private static ulong Inside(in DagCborTokens tokens) => tokens.Token is DagCborToken.Array or DagCborToken.Map ? tokens.Argument : 0;
}
