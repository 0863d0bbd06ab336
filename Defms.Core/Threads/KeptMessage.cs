using Defms.Core.Blocks;
using Defms.Core.Sealing;

namespace Defms.Core.Threads;

/// <summary>
/// Looks into messages that a store verified when it took them in, without verifying signatures again: fifty lines of a result must not cost three
/// hundred of them. For showing a line only; who reads, answers or exports opens the <see cref="Thread"/>.
/// </summary>
public static class KeptMessage
{
    /// <summary>The octets of a message, or of a long one those of its first chunk; null where a block is missing or damaged.</summary>
    public static byte[]? ReadStart(Block genesis, ReadOnlySpan<byte> key, Block message, IBlockSource source)
    {
        if (key.Length != ThreadKey.Length || !Genesis.TryReadSalt(genesis, out byte[] salt, out _) || !MessageNode.TryRead(message, out MessageNode? node, out _))
            return null;
        using var threadKey = new ThreadKey(key);
        using ThreadCipher cipher = threadKey.WithSalt(salt);
        if (!cipher.TryOpen(MessageNode.Kind, node.Sealed, out byte[] plaintext)
            || !MessageRecord.TryRead(plaintext, node.Body, out MessageRecord? record, out _, out _))
            return null;
        if (record.Octets is not null || record.Body.Count == 0)
            return record.Octets;
        return source.Find(record.Body[0]) is { } chunk && cipher.TryOpen(MessageNode.BodyKind, chunk.Span, out byte[] piece) ? piece : null;
    }
}
