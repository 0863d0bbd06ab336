using System.Buffers.Binary;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Blocks;

public sealed class CarReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    public async Task Every_vector_is_read_as_it_says(int piece)
    {
        foreach (string[] row in TestData.VectorRows("codecs/car.txt", 4))
        {
            CarContent content = await CarContent.ReadAsync(TestData.Hex(row[1]), piece);
            content.AssertWholeAndSame(Names(row[2]), Names(row[3]), row[0]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public async Task Every_refused_vector_is_refused_with_a_reason(int piece)
    {
        foreach (string[] row in TestData.VectorRows("codecs/car-refused.txt", 2))
        {
            CarContent content = await CarContent.ReadAsync(TestData.Hex(row[1]), piece);
            Assert.False(string.IsNullOrEmpty(content.Error), row[0]);
            Assert.False(content.IsOverBudget, row[0]);
        }
    }

    [Fact]
    public async Task A_car_cut_at_any_byte_is_refused_except_between_two_blocks()
    {
        foreach (string[] row in TestData.VectorRows("codecs/car.txt", 4))
        {
            byte[] whole = TestData.Hex(row[1]);
            CarContent content = await CarContent.ReadAsync(whole);
            HashSet<int> ends = row[0].StartsWith("version-2", StringComparison.Ordinal) ? [] : await EndsAsync(content);
            for (int length = 0; length < whole.Length; length++)
            {
                foreach (int piece in new[] { 1, int.MaxValue })
                {
                    CarContent cut = await CarContent.ReadAsync(whole.AsMemory(0, length), piece);
                    bool allowed = ends.Contains(length) || (row[0] == "version-2-with-index" && cut.Blocks.Count == content.Blocks.Count);
                    Assert.True(cut.Error is null == allowed, $"{row[0]} cut to {length} of {whole.Length}: {cut.Error ?? "taken"}");
                    Assert.Equal(content.Blocks.Take(cut.Blocks.Count).Select(block => block.Cid), cut.Blocks.Select(block => block.Cid));
                }
            }
        }
    }

    [Fact]
    public async Task One_changed_byte_never_throws_and_every_block_given_matches_its_name()
    {
        foreach (string[] row in TestData.VectorRows("codecs/car.txt", 4))
        {
            byte[] car = TestData.Hex(row[1]);
            for (int at = 0; at < car.Length; at++)
            {
                byte found = car[at];
                for (int bit = 0; bit < 8; bit++)
                {
                    car[at] = (byte)(found ^ (1 << bit));
                    CarContent content = await CarContent.ReadAsync(car);
                    Assert.All(content.Blocks, block => Assert.True(block.Cid.Names(block.Span)));
                    if (row[0] == "one-root" && content.Error is null)
                        Assert.Equal(car, await CarContent.WriteAsync(content.Roots, content.Blocks));
                }
                car[at] = found;
            }
        }
    }

    [Fact]
    public async Task Blocks_before_a_fault_are_given_and_none_behind_it()
    {
        Block first = Raw("first"), second = Raw("second"), third = Raw("third");
        byte[] car = await CarContent.WriteAsync([first.Cid], [first, second, third]);
        car[^(CarWriter.SectionLength(third) + 1)] ^= 1;
        CarContent content = await CarContent.ReadAsync(car);
        Assert.Equal([first.Cid], content.Blocks.Select(block => block.Cid));
        Assert.Equal($"has a block that does not match its CID {second.Cid}", content.Error);
    }

    [Fact]
    public async Task No_block_is_given_that_reaches_beyond_the_data_of_version_2()
    {
        Block first = Raw("first"), second = Raw("second");
        byte[] inner = await CarContent.WriteAsync([], [first, second, first]);
        int end = inner.Length - CarWriter.SectionLength(first);
        for (int cut = 1; cut < CarWriter.SectionLength(second); cut++)
        {
            CarContent content = await CarContent.ReadAsync(Version2(inner, end - cut));
            Assert.Equal([first.Cid], content.Blocks.Select(block => block.Cid));
            Assert.Equal("has a section that reaches beyond the data its header announced", content.Error);
        }
        CarContent whole = await CarContent.ReadAsync(Version2(inner, end));
        whole.AssertWholeAndSame([], [first.Cid, second.Cid], "data that ends between two blocks");
    }

    [Fact]
    public async Task A_reader_that_met_a_fault_gives_nothing_more()
    {
        byte[] car = [.. await CarContent.WriteAsync([], [Raw("a")]), 0, .. await CarContent.WriteAsync([], [Raw("b")])];
        CarReader reader = await CarReader.OpenAsync(new MemoryStream(car), CarBudget.Unlimited);
        Assert.NotNull(await reader.NextAsync());
        Assert.Null(await reader.NextAsync());
        string? error = reader.Error;
        Assert.Null(await reader.NextAsync());
        Assert.Equal(error, reader.Error);
    }

    [Fact]
    public async Task The_budget_of_blocks_is_kept()
    {
        byte[] car = await CarContent.WriteAsync([], [Raw("1"), Raw("2"), Raw("3")]);
        CarContent enough = await CarContent.ReadAsync(car, budget: new CarBudget(3, long.MaxValue));
        Assert.Null(enough.Error);
        CarContent tooMany = await CarContent.ReadAsync(car, budget: new CarBudget(2, long.MaxValue));
        Assert.Equal(2, tooMany.Blocks.Count);
        Assert.True(tooMany.IsOverBudget);
        Assert.Equal("holds more blocks than are taken at once", tooMany.Error);
    }

    [Fact]
    public async Task The_budget_of_bytes_is_kept_to_the_byte()
    {
        foreach (string[] row in TestData.VectorRows("codecs/car.txt", 4).Where(row => row[0] != "version-2-with-index"))
        {
            byte[] car = TestData.Hex(row[1]);
            CarContent enough = await CarContent.ReadAsync(car, budget: new CarBudget(long.MaxValue, car.Length));
            Assert.True(enough.Error is null, $"{row[0]} {enough.Error}");
            for (int bytes = 0; bytes < car.Length; bytes++)
            {
                CarContent tooLarge = await CarContent.ReadAsync(car, budget: new CarBudget(long.MaxValue, bytes));
                Assert.True(tooLarge.IsOverBudget, row[0]);
                Assert.Equal("is larger than is taken at once", tooLarge.Error);
            }
        }
    }

    [Fact]
    public async Task The_largest_block_is_read_and_one_byte_more_is_refused()
    {
        Block largest = Block.Create(Cid.Raw, new byte[Block.MaxLength]);
        CarContent content = await CarContent.ReadAsync(await CarContent.WriteAsync([largest.Cid], [largest]));
        Assert.Equal(largest.Cid, Assert.Single(content.Blocks).Cid);
        byte[] larger = new byte[Block.MaxLength + 1];
        CarContent refused = await CarContent.ReadAsync((byte[])[.. await CarContent.WriteAsync([], []), .. Section(Cid.Of(Cid.Raw, larger), larger)]);
        Assert.Empty(refused.Blocks);
        Assert.StartsWith("has a block larger than", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_length_that_is_a_lie_reserves_at_most_one_block()
    {
        byte[] car = [.. await CarContent.WriteAsync([], []), 0xff, 0xff, 0xff, 0xff, 0x0f, 1];
        await CarContent.ReadAsync(car);
        long before = GC.GetAllocatedBytesForCurrentThread();
        CarContent content = await CarContent.ReadAsync(car);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
        Assert.Equal("has a section that is empty or larger than a block may be", content.Error);
    }

    [Fact]
    public async Task A_thousand_roots_are_read_and_one_beyond_the_limit_is_refused()
    {
        Cid[] roots = [.. Enumerable.Range(0, CarReader.MaxRoots).Select(i => Cid.Of(Cid.Raw, BitConverter.GetBytes(i)))];
        CarContent content = await CarContent.ReadAsync(await CarContent.WriteAsync(roots, []));
        content.AssertWholeAndSame(roots, [], "many roots");
        CarContent refused = await CarContent.ReadAsync(await CarContent.WriteAsync([.. roots, roots[0]], []));
        Assert.Equal($"has a bad header: it has a list longer than {CarReader.MaxRoots}", refused.Error);
        Assert.Empty(refused.Roots);
    }

    [Fact]
    public async Task A_broken_stream_is_the_worlds_fault_and_passes_through()
    {
        using var broken = new BrokenStream();
        await Assert.ThrowsAsync<IOException>(async () => await CarReader.OpenAsync(broken, CarBudget.Unlimited));
    }

    [Fact]
    public async Task A_cancelled_read_says_so()
    {
        byte[] car = await CarContent.WriteAsync([], [Raw("a")]);
        using var cancelled = new CancellationTokenSource();
        CarReader reader = await CarReader.OpenAsync(new SlowStream(car, 1), CarBudget.Unlimited);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.NextAsync(cancelled.Token));
        Assert.Null(reader.Error);
    }

    /// <summary>The lengths at which a version 1 CAR may end: behind its header and behind each block.</summary>
    private static async Task<HashSet<int>> EndsAsync(CarContent content)
    {
        var ends = new HashSet<int>();
        int at = (await CarContent.WriteAsync(content.Roots, [])).Length;
        foreach (Block block in content.Blocks)
        {
            ends.Add(at);
            at += CarWriter.SectionLength(block);
        }
        return ends;
    }

    private static byte[] Version2(byte[] inner, long size)
    {
        byte[] fixedHeader = new byte[40];
        BinaryPrimitives.WriteInt64LittleEndian(fixedHeader.AsSpan(16), 51);
        BinaryPrimitives.WriteInt64LittleEndian(fixedHeader.AsSpan(24), size);
        return [0x0a, .. new DagCborWriter().Map(1).Key("version"u8).Int(2).ToArray(), .. fixedHeader, .. inner];
    }

    private static byte[] Section(Cid cid, byte[] data)
    {
        byte[] length = new byte[Varint.Length((ulong)(cid.Bytes.Length + data.Length))];
        Varint.Write(length, (ulong)(cid.Bytes.Length + data.Length));
        return [.. length, .. cid.Bytes, .. data];
    }

    private static IEnumerable<Cid> Names(string list) => list == "-" ? [] : list.Split(',').Select(text =>
    {
        Assert.True(Cid.TryParse(text, out Cid cid), text);
        return cid;
    });

    private static Block Raw(string text) => Block.Create(Cid.Raw, System.Text.Encoding.UTF8.GetBytes(text));

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException<int>(new IOException("The disk is gone."));
    }
}
