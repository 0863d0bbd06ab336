using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Threads;

namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>Strict DAG-CBOR and every object of ours that is written in it: refused with a reason, or exactly what would be written.</summary>
public sealed class DagCborFuzzTests
{
    [Fact]
    public void Whatever_is_read_is_refused_with_a_reason_or_encodes_to_the_same_bytes()
    {
        List<byte[]> seeds = [.. Vectors.Objects(), .. Vectors.Rows("codecs/dag-cbor.txt"), .. Vectors.Rows("codecs/dag-cbor-refused.txt"), .. RandomValues()];
        new Fuzzer("dag-cbor", seeds, CborEdits.Grow, Read).Run();
    }

    private static IEnumerable<byte[]> RandomValues() =>
        Enumerable.Range(0, 50).Select(seed => RandomDagCbor.Write(new DagCborWriter(64), new Random(seed), depth: 3).ToArray());

    private static string Read(byte[] input)
    {
        byte[]? again = DagCborCopy.TryEncodeAgain(input, out string? error);
        Assert.Equal(error is null, DagCborTokens.IsValid(input, out string? second));
        Assert.Equal(error, second);
        Assert.True(error is null || error.Length > 0);
        if (again is not null)
            Assert.Equal(input, again);
        Block block = Block.Create(Cid.DagCbor, input);
        string accepted = string.Concat(Readers.Select(reader => reader(block, input) ? '1' : '0'));
        Assert.True(error is null || !accepted.Contains('1'), $"An object was read out of bytes that {error}");
        return $"{Outcome.Of(error)} {accepted} {Shape(input)}";
    }

    /// <summary>True where the object was read; what it writes again is compared where it can write.</summary>
    private static readonly Func<Block, byte[], bool>[] Readers =
    [
        (block, _) => RootNode.TryRead(block, out RootNode? _, out string? error) || Reasoned(error),
        (block, _) => MessageNode.TryRead(block, out MessageNode? _, out string? error) || Reasoned(error),
        (block, _) => ParcelNode.TryRead(block, out ParcelNode? _, out string? error) || Reasoned(error),
        (block, input) => SyncHead.TryRead(block, out SyncHead? head, out string? error) ? Same(input, head.ToBlock().Span) : Reasoned(error),
        (block, _) => Receipt.TryRead(block, out Receipt? _, out string? error) || Reasoned(error),
        (_, input) => WantList.TryDecode(input, out WantList? wants, out string? error) ? Same(input, wants.Encode()) : Reasoned(error),
        (_, input) => SyncRequest.TryDecode(input, out SyncRequest? request, out string? error) ? Same(input, request.Encode()) : Reasoned(error),
        (_, input) => HostingRequest.TryDecode(input, out HostingRequest? request, out string? error) ? Same(input, request.Encode()) : Reasoned(error),
        (_, input) => Card.TryDecode(input, out Card? card, out string? error) ? Same(input, card.Encoded.Span) : Reasoned(error),
        (block, _) => Genesis.PublicKeyOf(block).Length > 0,
        (block, _) => Core.Threads.Thread.TryOpen(block, new byte[32], out Core.Threads.Thread? _, out string? error) || Reasoned(error),
    ];

    private static bool Same(byte[] input, ReadOnlySpan<byte> again)
    {
        Assert.True(again.SequenceEqual(input), $"An object encodes to other bytes than it was read from: {Convert.ToHexString(again)}");
        return true;
    }

    private static bool Reasoned(string? error)
    {
        Assert.False(string.IsNullOrEmpty(error), "An object was refused without a reason");
        return false;
    }

    /// <summary>Which kinds of token there are, and how many.</summary>
    private static string Shape(byte[] input)
    {
        var tokens = new DagCborTokens(input);
        int kinds = 0, count = 0;
        while (tokens.Next())
        {
            kinds |= 1 << (int)tokens.Token;
            count++;
        }
        return $"{kinds:x} {Outcome.About(count)}";
    }
}
