using System.Runtime.InteropServices;

namespace Defms.Core.Mime;

/// <summary>
/// The boundaries of the multiparts that are open, outermost first. A line is looked up by its hash, so that many lines under deep nesting cost little
/// more than under none.
/// </summary>
internal sealed class BoundaryStack
{
    // RFC 2046, 5.1.1 allows 70 characters; longer ones exist, but none longer than a line may be.
    private const int MaxLength = MimeLimits.Line;

    private readonly List<int> _hashes = [];
    private readonly List<Level> _levels = [];

    public int Count => _levels.Count;

    /// <summary>Where the multipart of this level stands in the list of open parts.</summary>
    public int OpenIndex(int level) => _levels[level].OpenIndex;

    public void Push(byte[] boundary, int openIndex)
    {
        _hashes.Add(Hash(boundary));
        _levels.Add(new Level(boundary, openIndex));
    }

    public void Truncate(int count)
    {
        _hashes.RemoveRange(count, _hashes.Count - count);
        _levels.RemoveRange(count, _levels.Count - count);
    }

    /// <summary>Finds the innermost level whose delimiter the line is.</summary>
    /// <param name="rest">What follows "--" on the line, without white space at its end.</param>
    /// <param name="level">The level, or -1.</param>
    /// <param name="closes">True for a closing delimiter.</param>
    public bool TryMatch(ReadOnlySpan<byte> rest, out int level, out bool closes)
    {
        level = Find(rest);
        int closing = rest.EndsWith("--"u8) ? Find(rest[..^2]) : -1;
        closes = closing > level;
        level = Math.Max(level, closing);
        return level >= 0;
    }

    private int Find(ReadOnlySpan<byte> boundary)
    {
        if (boundary.Length > MaxLength)
            return -1;
        int hash = Hash(boundary);
        ReadOnlySpan<int> hashes = CollectionsMarshal.AsSpan(_hashes);
        int level = hashes.LastIndexOf(hash);
        while (level >= 0 && !boundary.SequenceEqual(_levels[level].Boundary))
            level = hashes[..level].LastIndexOf(hash);
        return level;
    }

    private static int Hash(ReadOnlySpan<byte> boundary)
    {
        var hash = new HashCode();
        hash.AddBytes(boundary);
        return hash.ToHashCode();
    }

    private readonly record struct Level(byte[] Boundary, int OpenIndex);
}
