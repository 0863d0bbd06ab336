using System.Numerics;
using Defms.Core.Blocks;

namespace Defms.Core.Mailboxes;

/// <summary>
/// Names and keys in which bits turned on the disk, set right where it can be told what they were: two digests differ in about half of
/// their 256 bits, and a thread's first block says of every key whether it is the right one.
/// </summary>
internal static class TurnedBits
{
    /// <summary>Two names that differ in no more bits than this are one, damaged.</summary>
    public const int Most = 32;

    /// <summary>In how many bits two differ; all of them where they are not as long as each other.</summary>
    public static int Between(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        if (one.Length != other.Length)
            return int.MaxValue;
        int turned = 0;
        for (int i = 0; i < one.Length; i++)
            turned += BitOperations.PopCount((uint)(one[i] ^ other[i]));
        return turned;
    }

    /// <summary>A thread that does not open, as it was before its name, or one or two bits of its key, turned; null where that cannot be told.</summary>
    /// <param name="names">Of the blocks that are here.</param>
    public static ThreadRow? Mend(ThreadRow row, NearNames names, IBlockstore blocks)
    {
        if (blocks.Find(row.Thread) is { } genesis)
            return KeyOf(genesis, row.Key) is { } key ? row with { Key = key } : null;
        if (blocks.Has(row.Thread))
            return null;
        return names.Of(row.Thread).Where(name => blocks.Find(name) is { } block && Opens(block, row.Key))
            .Select(name => row with { Thread = name }).FirstOrDefault();
    }

    private static byte[]? KeyOf(Block genesis, byte[] damaged)
    {
        byte[] key = [.. damaged];
        int bits = key.Length * 8;
        for (int one = 0; one < bits; one++)
        {
            Turn(key, one);
            if (Opens(genesis, key))
                return key;
            for (int other = one + 1; other < bits; other++)
            {
                Turn(key, other);
                if (Opens(genesis, key))
                    return key;
                Turn(key, other);
            }
            Turn(key, one);
        }
        return null;
    }

    private static void Turn(byte[] bytes, int bit) => bytes[bit / 8] ^= (byte)(1 << (bit % 8));

    private static bool Opens(Block genesis, byte[] key)
    {
        if (!Threads.Thread.TryOpen(genesis, key, out Threads.Thread? thread, out _))
            return false;
        thread.Dispose();
        return true;
    }
}
