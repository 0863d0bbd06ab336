using Defms.Core.Blocks;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Storage.Tables;
using Defms.Core.Tests.Blocks;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Storage;

namespace Defms.Core.Tests.Network.Kubo;

/// <summary>The blockstore of a store whose bytes are with a Kubo node: every block of ours is moved there as soon as it is put.</summary>
public sealed class KuboBlockstoreTests : BlockstoreContract, IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Stack<IDisposable> open = new();
    private readonly ScriptedKubo kubo = new();

    public async ValueTask DisposeAsync()
    {
        while (open.TryPop(out IDisposable? last)) last.Dispose();
        await kubo.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public void A_block_that_is_lost_at_the_node_is_absent_until_it_is_put_again()
    {
        IBlockstore store = Create();
        Block block = Block.Create(Cid.Raw, "sound"u8.ToArray());
        store.Put([block]);
        kubo.Lose(block.Cid);
        Assert.Null(store.Find(block.Cid));
        Assert.True(store.Has(block.Cid));
        Assert.Equal(1, store.Put([block]));
        Assert.Equal(block.Span, store.Find(block.Cid)!.Span);
    }

    [Fact]
    public void A_block_that_was_altered_at_the_node_is_absent()
    {
        IBlockstore store = Create();
        Block block = Block.Create(Cid.Raw, "sound"u8.ToArray());
        store.Put([block]);
        kubo.Alter(block.Cid);
        Assert.Null(store.Find(block.Cid));
    }

    [Fact]
    public void A_node_that_does_not_answer_says_nothing_of_a_block()
    {
        IBlockstore store = Create();
        Block block = Block.Create(Cid.Raw, "sound"u8.ToArray());
        store.Put([block]);
        kubo.Script = (_, _) => Misdeed.Error;
        Assert.Contains("nothing is lost", Assert.Throws<StoreException>(() => store.Find(block.Cid)).Message);
        Assert.True(store.Has(block.Cid));
        // It is not asked again at once.
        int calls = kubo.Calls.Count;
        Assert.Throws<StoreException>(() => store.Find(block.Cid));
        Assert.Equal(calls, kubo.Calls.Count);
    }

    protected override IBlockstore Create()
    {
        SqliteConnection db = Keep(SqliteConnection.Open(folder.File($"{open.Count}.db"), SqliteOpenMode.ReadWriteCreate));
        Schema.Migrations(new SeededRandomSource(1)).Apply(db, create: true);
        Keep(db.Begin());
        TableScope scope = Keep(new TableScope(db));
        new SettingTable(scope).Set(IpfsSettings.Node, kubo.Url.AbsoluteUri);
        NodeBlocks node = Keep(new NodeBlocks());
        node.Use(url => new KuboNode(url));
        return new Moving(new SqliteBlockstore(scope, node), new NodeTable(scope), node.At(kubo.Url.AbsoluteUri));
    }

    private T Keep<T>(T opened)
        where T : IDisposable
    {
        open.Push(opened);
        return opened;
    }

    /// <summary>Moves what was put, as <see cref="NodeMove"/> does with whole threads.</summary>
    private sealed class Moving(IBlockstore inner, NodeTable table, IBlockNode node) : IBlockstore
    {
        public Block? Find(Cid cid) => inner.Find(cid);

        public bool Has(Cid cid) => inner.Has(cid);

        public int Put(IEnumerable<Block> blocks)
        {
            Block[] all = [.. blocks];
            int added = inner.Put(all);
            Block[] here = [.. all.Where(block => block.Cid.IsOurs && table.IsHere(block.Cid))];
            node.PutAsync(here, CancellationToken.None).GetAwaiter().GetResult();
            table.Leave(here.Select(block => block.Cid));
            return added;
        }

        public void Remove(IEnumerable<Cid> cids) => inner.Remove(cids);

        public IEnumerable<Cid> List() => inner.List();
    }
}
