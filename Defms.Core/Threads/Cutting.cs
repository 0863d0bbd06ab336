using Defms.Core.Mime;

namespace Defms.Core.Threads;

/// <summary>
/// Where the octets of a large message are cut: before and after every MIME leaf of 64 KiB or more, and otherwise every 256 KiB from
/// the last cut. So the same attachment in two messages of a thread makes the same chunks. Frozen by tests/vectors/threads; readers do
/// not check where a message was cut.
/// </summary>
internal static class Cutting
{
    private const int LargeLeaf = 64 * 1024;

    /// <summary>The lengths of the chunks, in order; they sum to the length of <paramref name="octets"/>.</summary>
    public static List<int> Lengths(ReadOnlyMemory<byte> octets)
    {
        var lengths = new List<int>();
        int start = 0;
        foreach (int cut in Edges(octets).Order().Append(octets.Length))
        {
            for (; cut - start > MessageRecord.MaxChunk; start += MessageRecord.MaxChunk)
                lengths.Add(MessageRecord.MaxChunk);
            if (cut > start)
                lengths.Add(cut - start);
            start = Math.Max(start, cut);
        }
        // A message of thousands of large leaves would need more chunks than a block links to: then only the size decides.
        return lengths.Count <= MessageRecord.MaxChunks ? lengths : Even(octets.Length);
    }

    private static IEnumerable<int> Edges(ReadOnlyMemory<byte> octets) =>
        MailMessage.Parse(octets).Parts()
            .Where(part => part.Children.Count == 0 && part.BodyEnd - part.BodyOffset >= LargeLeaf)
            .SelectMany(part => new[] { part.BodyOffset, part.BodyEnd });

    private static List<int> Even(int length)
    {
        var lengths = new List<int>();
        for (int rest = length; rest > 0; rest -= MessageRecord.MaxChunk)
            lengths.Add(Math.Min(rest, MessageRecord.MaxChunk));
        return lengths;
    }
}
