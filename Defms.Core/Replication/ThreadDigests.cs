using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication;

/// <summary>
/// Threads and their roots in 256 buckets by the first byte of the thread's digest, a short hash a bucket: two who hold the same learn it
/// from two kilobytes, and otherwise name the roots of the buckets that differ alone (docs/formats/requests.md, "Sync"). It guards
/// against chance and not against a liar, who could as well name wrong roots.
/// </summary>
public static class ThreadDigests
{
    public const int Buckets = 256;

    /// <summary>In bytes; a chance of one in 2⁶⁴ that a difference waits for the next message of its bucket.</summary>
    public const int DigestLength = 8;

    public const int Length = Buckets * DigestLength;

    /// <summary>The digests of all buckets, one behind the other. An empty bucket is zeros.</summary>
    public static byte[] Of(IReadOnlyList<ThreadRow> threads)
    {
        byte[] digests = new byte[Length];
        foreach (IGrouping<int, ThreadRow> bucket in threads.GroupBy(row => BucketOf(row.Thread)))
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (ThreadRow row in bucket.OrderBy(row => row.Thread))
            {
                hash.AppendData(row.Thread.Bytes);
                hash.AppendData(row.Root.Bytes);
            }
            hash.GetHashAndReset().AsSpan(0, DigestLength).CopyTo(digests.AsSpan(bucket.Key * DigestLength));
        }
        return digests;
    }

    /// <summary>Whether the bucket that this thread falls into differs between two.</summary>
    public static bool Differ(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, Cid thread)
    {
        int start = BucketOf(thread) * DigestLength;
        return !one.Slice(start, DigestLength).SequenceEqual(other.Slice(start, DigestLength));
    }

    private static int BucketOf(Cid thread) => thread.Digest[0];
}
