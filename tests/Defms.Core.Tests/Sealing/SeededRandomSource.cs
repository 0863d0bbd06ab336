using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Defms.Core.Tests.Sealing;

/// <summary>The same bytes for the same seed on every machine: SHA-256 of seed and block number, block after block.</summary>
public sealed class SeededRandomSource(int seed) : RandomSource
{
    private readonly byte[] input = new byte[12];
    private readonly byte[] block = new byte[SHA256.HashSizeInBytes];
    private int used = SHA256.HashSizeInBytes;
    private long blocks;

    public override void Fill(Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            if (used == block.Length)
                NextBlock();
            destination[i] = block[used++];
        }
    }

    private void NextBlock()
    {
        BinaryPrimitives.WriteInt32LittleEndian(input, seed);
        BinaryPrimitives.WriteInt64LittleEndian(input.AsSpan(4), blocks++);
        SHA256.HashData(input, block);
        used = 0;
    }
}
