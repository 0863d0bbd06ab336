using Defms.Core.Blocks;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Rot;

/// <summary>Turns one bit of blocks behind the store's back: in the bytes of its file as they lie on the disk, or in a row.</summary>
internal static class BitRot
{
    /// <summary>Less than a page of the file: blocks up to this are looked for whole, of larger ones a piece is, which is random enough.</summary>
    private const int Length = 2048;

    /// <summary>Turns a bit in the file itself, which nothing has open.</summary>
    /// <returns>Those that were not found in one piece.</returns>
    public static IReadOnlyList<Block> InFile(string path, IEnumerable<Block> blocks, RandomSource random)
    {
        using (SqliteConnection db = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite))
            db.ExecuteScript("PRAGMA wal_checkpoint(TRUNCATE)");
        byte[] file = File.ReadAllBytes(path);
        List<Block> left = [];
        foreach (Block block in blocks)
        {
            int length = Math.Min(block.Span.Length, Length), from = random.Below(block.Span.Length - length + 1);
            int at = file.AsSpan().IndexOf(block.Span.Slice(from, length));
            if (at < 0)
                left.Add(block);
            else
                Turn(file.AsSpan(at, length), random);
        }
        File.WriteAllBytes(path, file);
        return left;
    }

    public static void InRows(string path, IEnumerable<Block> blocks, RandomSource random)
    {
        using SqliteConnection db = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite);
        using SqliteTransaction transaction = db.Begin();
        foreach (Block block in blocks)
        {
            byte[] data = block.Span.ToArray();
            Turn(data, random);
            Assert.Equal(1, db.Execute("UPDATE blocks SET data = ?2 WHERE cid = ?1", block.Cid.Bytes.ToArray(), data));
        }
        transaction.Commit();
    }

    /// <summary>Turns a bit of every chunk that a host holds.</summary>
    public static void InHeldRows(string path)
    {
        using SqliteConnection db = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite);
        Assert.NotEqual(0, db.Execute("UPDATE held_blocks SET data = CAST(substr(data, 1, 100) || x'00' || substr(data, 102) AS BLOB) WHERE substr(data, 101, 1) <> x'00' AND length(data) > 100000"));
    }

    /// <summary>Turns a bit of every block that a host holds.</summary>
    public static void InAllHeldRows(string path)
    {
        using SqliteConnection db = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite);
        const string put = "CAST(substr(data, 1, 20) || CASE substr(data, 21, 1) WHEN x'00' THEN x'01' ELSE x'00' END || substr(data, 22) AS BLOB)";
        Assert.NotEqual(0, db.Execute($"UPDATE held_blocks SET data = {put}"));
    }

    /// <summary>Turns a bit of every signed object of a kind that waits.</summary>
    public static void InOutgoing(string path, OutgoingKind kind)
    {
        using SqliteConnection db = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite);
        const string put = "CAST(substr(bytes, 1, 200) || CASE substr(bytes, 201, 1) WHEN x'00' THEN x'01' ELSE x'00' END || substr(bytes, 202) AS BLOB)";
        Assert.NotEqual(0, db.Execute($"UPDATE outgoing SET bytes = {put} WHERE kind = {(int)kind}"));
    }

    /// <summary>Turns so many bits of a thread's key.</summary>
    public static void InKey(string path, Cid thread, int bits)
    {
        using SqliteConnection db = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite);
        byte[] key = db.ScalarBytes("SELECT key FROM threads WHERE cid = ?1", thread.Bytes.ToArray())!;
        for (int i = 0; i < bits; i++)
            key[5 + (9 * i)] ^= 0x10;
        Assert.Equal(1, db.Execute("UPDATE threads SET key = ?2 WHERE cid = ?1", thread.Bytes.ToArray(), key));
    }

    private static void Turn(Span<byte> bytes, RandomSource random) => bytes[random.Below(bytes.Length)] ^= (byte)(1 << random.Below(8));
}
