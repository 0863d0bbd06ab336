using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Replication;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Tests.Threads;

namespace Defms.Core.Tests.Replication.Objects;

/// <summary>Sync request, answer head, cursor and want list.</summary>
public sealed class SyncObjectsTests
{
    private static readonly byte[] Device = Samples.Pattern(SyncRequest.DeviceLength);
    private static readonly SyncCursor Cursor = new(SHA256.HashData("store"u8)[..16], 1_000_000);

    [Fact]
    public void A_sync_request_comes_back_as_it_was() => Seeded.Check(50, random =>
    {
        var request = new SyncRequest
        {
            Device = random.Bytes(16),
            Cursor = random.Next(2) == 0 ? null : new SyncCursor(random.Bytes(16), random.NextInt64()),
            Full = random.Next(2) == 0,
            WaitSeconds = random.Next(2) == 0 ? 0 : random.Next(51),
        };
        Assert.True(SyncRequest.TryDecode(request.Encode(), out SyncRequest? read, out string? error), error);
        Assert.Equal(request.Device, read.Device);
        Assert.Equal((request.Full, request.WaitSeconds, request.Cursor?.Row), (read.Full, read.WaitSeconds, read.Cursor?.Row));
        Assert.Equal(request.Cursor?.Epoch, read.Cursor?.Epoch);
        Assert.Equal(request.Encode(), read.Encode());
    });

    [Fact]
    public void A_sync_request_has_exactly_the_fields_of_the_schema()
    {
        CborValue whole = CborValue.Parse(new SyncRequest { Device = Device, Cursor = Cursor, Full = true, WaitSeconds = 50 }.Encode());
        foreach (string key in whole.Keys)
            RefusesRequest("", whole.Copy().With(key, CborValue.Null));
        RefusesRequest("'device'", whole.Copy().Without("device"));
        RefusesRequest("does not know", whole.Copy().With("note", CborValue.Int(1)));
        RefusesRequest("does not know", whole.Copy().With("zzzzzzzzzz", CborValue.Int(1)));
        RefusesRequest("", whole.Copy().Reverse());
        RefusesRequest("not left out", whole.Copy().With("full", CborValue.Flag(false)));
        RefusesRequest("not left out", whole.Copy().With("wait", CborValue.Int(0)));
        RefusesRequest("above 50", whole.Copy().With("wait", CborValue.Int(51)));
        RefusesRequest("another length", whole.Copy().With("device", CborValue.Bytes(new byte[15])));
        RefusesRequest("another length", whole.Copy().With("cursor", CborValue.Bytes(new byte[23])));
        RefusesRequest("before the first row", whole.Copy().With("cursor", CborValue.Bytes([.. new byte[16], 0x80, .. new byte[7]])));
        RefusesRequest("", CborValue.List());
        Assert.False(SyncRequest.TryDecode([], out _, out _));
        Assert.False(SyncRequest.TryDecode([.. whole.Encode(), 0], out _, out _));
    }

    [Fact]
    public void A_sync_head_comes_back_as_it_was() => Seeded.Check(30, random =>
    {
        var head = new SyncHead
        {
            Cursor = Cursor,
            Items = Names(random.Next(SyncHead.MaxItems + 1), random),
            HasMore = random.Next(2) == 0,
            Roots = [.. Names(random.Next(300), random).Select(name => (name, Samples.MadeUp(random)))],
        };
        SyncHead read = Read(head.ToBlock());
        Assert.Equal(head.Items, read.Items);
        Assert.Equal(head.Roots, read.Roots);
        Assert.Equal((head.HasMore, head.Cursor.Row), (read.HasMore, read.Cursor.Row));
        Assert.Equal(head.ToBlock().Cid, read.ToBlock().Cid);
    });

    [Fact]
    public void The_largest_head_fits_a_block()
    {
        var roots = Enumerable.Range(0, SyncHead.MaxRoots).Select(i => (Samples.Numbered(i), Samples.Numbered(-i))).ToList();
        Block block = new SyncHead { Cursor = Cursor, Items = [.. Enumerable.Range(0, SyncHead.MaxItems).Select(Samples.Numbered)], Roots = roots }.ToBlock();
        Assert.InRange(block.Data.Length, 1_000_000, Block.MaxLength);
        Assert.Equal(SyncHead.MaxRoots, Read(block).Roots.Count);
        Assert.Throws<InvalidOperationException>(() => new SyncHead { Cursor = Cursor, Items = [], Roots = [.. roots, roots[0]] }.ToBlock());
        Assert.Throws<InvalidOperationException>(() => new SyncHead { Cursor = Cursor, Items = [.. Enumerable.Range(0, 257).Select(Samples.Numbered)] }.ToBlock());
    }

    [Fact]
    public void A_sync_head_has_exactly_the_fields_of_the_schema()
    {
        Cid one = Samples.Numbered(1), raw = Cid.Of(Cid.Raw, "a"u8);
        CborValue whole = CborValue.Parse(new SyncHead { Cursor = Cursor, Items = [one], HasMore = true, Roots = [(one, one)] }.ToBlock().Span);
        foreach (string key in whole.Keys)
        {
            RefusesHead(whole.Copy().With(key, CborValue.Null).ToBlock());
            if (key is not ("more" or "roots"))
                RefusesHead(whole.Copy().Without(key).ToBlock());
        }
        RefusesHead(whole.Copy().With("note", CborValue.Int(1)).ToBlock());
        RefusesHead(whole.Copy().Reverse().ToBlock());
        RefusesHead(whole.Copy().With("more", CborValue.Flag(false)).ToBlock());
        RefusesHead(whole.Copy().With("roots", CborValue.List()).ToBlock());
        RefusesHead(whole.Copy().With("roots", CborValue.List(CborValue.List(CborValue.Link(one)))).ToBlock());
        RefusesHead(whole.Copy().With("roots", CborValue.List(CborValue.List(CborValue.Link(one), CborValue.Link(raw)))).ToBlock());
        RefusesHead(whole.Copy().With("items", CborValue.List(CborValue.Link(raw))).ToBlock());
        RefusesHead(whole.Copy().With("items", CborValue.List(Enumerable.Repeat(CborValue.Link(one), 257))).ToBlock());
        RefusesHead(Block.Create(Cid.Raw, whole.Encode()));
    }

    [Fact]
    public void A_want_list_comes_back_as_it_was() => Seeded.Check(20, random =>
    {
        var wants = new WantList(Samples.MadeUp(random), Names(random.Next(WantList.MaxBlocks + 1), random));
        Assert.True(WantList.TryDecode(wants.Encode(), out WantList? read, out string? error), error);
        Assert.Equal(wants.Thread, read.Thread);
        Assert.Equal(wants.Blocks, read.Blocks);
    });

    [Fact]
    public void A_want_list_has_exactly_the_fields_of_the_schema()
    {
        CborValue whole = CborValue.Parse(new WantList(Samples.Numbered(1), [Cid.Of(Cid.Raw, "a"u8)]).Encode());
        foreach (string key in whole.Keys)
        {
            RefusesWants("", whole.Copy().With(key, CborValue.Null));
            RefusesWants("", whole.Copy().Without(key));
        }
        RefusesWants("", whole.Copy().With("note", CborValue.Int(1)));
        RefusesWants("", whole.Copy().Reverse());
        RefusesWants("raw bytes", whole.Copy().With("thread", CborValue.Link(Cid.Of(Cid.Raw, "a"u8))));
        RefusesWants("longer than 1024", whole.Copy().With("want", CborValue.List(Enumerable.Range(0, 1_025).Select(i => CborValue.Link(Samples.Numbered(i))))));
        RefusesWants("link", whole.Copy().With("want", CborValue.List(CborValue.Link(Cid.From([1, 0x71, 0x1b, 32, .. new byte[32]])))));
        Assert.Throws<InvalidOperationException>(() => new WantList(Samples.Numbered(1), [.. Enumerable.Range(0, 1_025).Select(Samples.Numbered)]).Encode());
    }

    [Fact]
    public void Nothing_is_encoded_that_would_be_refused()
    {
        Assert.Throws<InvalidOperationException>(() => new SyncRequest { Device = new byte[15] }.Encode());
        Assert.Throws<InvalidOperationException>(() => new SyncRequest { Device = Device, WaitSeconds = 51 }.Encode());
        Assert.Throws<InvalidOperationException>(() => new SyncRequest { Device = Device, WaitSeconds = -1 }.Encode());
        Assert.Throws<InvalidOperationException>(() => new SyncCursor(new byte[15], 0).Encode());
        Assert.Throws<InvalidOperationException>(() => new SyncCursor(new byte[16], -1).Encode());
    }

    private static List<Cid> Names(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => Samples.MadeUp(random))];

    private static SyncHead Read(Block block)
    {
        Assert.True(SyncHead.TryRead(block, out SyncHead? head, out string? error), error);
        return head;
    }

    private static void RefusesRequest(string reason, CborValue value)
    {
        Assert.False(SyncRequest.TryDecode(value.Encode(), out SyncRequest? request, out string? error), reason);
        Assert.Null(request);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private static void RefusesHead(Block block)
    {
        Assert.False(SyncHead.TryRead(block, out SyncHead? head, out string? error));
        Assert.Null(head);
        Assert.NotEmpty(error);
    }

    private static void RefusesWants(string reason, CborValue value)
    {
        Assert.False(WantList.TryDecode(value.Encode(), out WantList? wants, out string? error), reason);
        Assert.Null(wants);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }
}
