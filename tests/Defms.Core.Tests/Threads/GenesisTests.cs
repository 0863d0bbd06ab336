using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Sealing;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Tests.Sealing;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

public sealed class GenesisTests
{
    private static readonly byte[] Key = [.. Enumerable.Repeat((byte)7, ThreadKey.Length)];
    private static readonly Forger Forger = new(Key, [.. Enumerable.Repeat((byte)9, ThreadKey.SaltLength)]);

    [Fact]
    public void A_genesis_opens_with_its_key_and_says_what_was_put_in()
    {
        Cid parent = Samples.Numbered(1);
        using Thread made = Create([People.CarolCard, People.AliceCard, People.BobCard], new GenesisOptions { Created = 5, BranchOf = parent });
        using Thread opened = Open(made.Genesis.Block, made.Key);
        Genesis genesis = opened.Genesis;

        Assert.Equal((made.Id, People.Alice.Did, 5, parent, false), (opened.Id, genesis.Creator, genesis.Created!.Value, genesis.BranchOf!.Value, genesis.IsPublic));
        Assert.Equal(new[] { People.AliceCard, People.BobCard, People.CarolCard }.OrderBy(card => card.Identity), genesis.Parties);
        Assert.Equal(People.BobCard, genesis.Find(People.Bob.Did));
        Assert.Null(genesis.Find(People.Mallory.Did));
        Assert.True(opened.CanWrite(People.Carol) && !opened.CanWrite(People.Mallory));
        Assert.Empty(Genesis.PublicKeyOf(genesis.Block));
        Assert.Equal(made.Key, opened.Key);
    }

    [Fact]
    public void The_order_in_which_the_parties_are_named_does_not_matter()
    {
        Cid Id(params IReadOnlyList<Card> parties)
        {
            using Thread thread = Create(parties);
            return thread.Id;
        }
        Assert.Equal(Id(People.AliceCard, People.BobCard, People.CarolCard), Id(People.CarolCard, People.BobCard, People.AliceCard));
    }

    [Fact]
    public void A_genesis_put_together_by_hand_from_the_documentation_is_the_one_that_is_made()
    {
        using Thread made = Core.Threads.Thread.Create(
            People.Alice, [People.AliceCard, People.BobCard], new GenesisOptions { Created = People.Issued }, new ThreadKey(Key), [.. Enumerable.Repeat((byte)9, ThreadKey.SaltLength)]);
        Assert.Equal(made.Id, Forger.Genesis(Record(), People.Alice).Cid);
    }

    [Fact]
    public void A_hundred_parties_with_the_largest_cards_fit_a_block()
    {
        List<Identity> people = [.. Enumerable.Range(1, 100).Select(People.Extra)];
        List<Card> cards = [.. people.Select(LargestCard)];
        using Thread made = Core.Threads.Thread.Create(people[0], cards, new GenesisOptions { Created = People.Issued, BranchOf = Samples.Numbered(1) }, new SeededRandomSource(1));
        using Thread opened = Open(made.Genesis.Block, made.Key);

        Assert.All(cards, card => Assert.InRange(card.Encoded.Length, Card.MaxLength - 1, Card.MaxLength));
        Assert.Equal(100, opened.Genesis.Parties.Count);
        Assert.InRange(made.Genesis.Block.Data.Length, 200_000, 256 * 1024);
    }

    [Fact]
    public void More_than_a_hundred_are_refused_with_their_number()
    {
        List<Card> cards = [.. Enumerable.Range(1, 101).Select(number => Card.Bare(People.Extra(number).Certificate))];
        ThreadException error = Assert.Throws<ThreadException>(() => Core.Threads.Thread.Create(People.Extra(1), cards, default, new SeededRandomSource(1)));
        Assert.Equal("This thread cannot be made: it has 101 parties; a thread has 1 to 100.", error.Message);

        CborValue parties = CborValue.List(cards.OrderBy(card => card.Identity).Select(Value));
        Refuses("longer than 100", Record().With("parties", parties).With("creator", CborValue.Bytes(People.Extra(1).Did.Bytes)), People.Extra(1));
    }

    [Fact]
    public void What_makes_no_thread_is_said_to_its_creator()
    {
        Says("0 parties", []);
        Says("repeated", [People.AliceCard, People.BobCard, People.BobCard]);
        Says("repeated", [People.AliceCard, People.BobCard, Card.Bare(People.Bob.Certificate)]);
        Says("creator who is no party", [People.BobCard, People.CarolCard]);
        Says("creator who is no party", [People.BobCard]);
        using Identity later = People.Person(0xa1, epoch: 1);
        Says("not of its current keys", [People.CardOf(later, "Alice"), People.BobCard]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Create([People.AliceCard], new GenesisOptions { Created = -1 }));
    }

    [Fact]
    public void A_thread_with_oneself_holds_the_certificate_alone()
    {
        using Thread made = Create([People.AliceCard]);
        using Thread opened = Open(made.Genesis.Block, made.Key);
        Assert.Equal(Card.Bare(People.Alice.Certificate), Assert.Single(opened.Genesis.Parties));
        Assert.Null(opened.Genesis.Created);

        Refuses("more than a certificate", Record().With("parties", CborValue.List(Value(People.AliceCard))), People.Alice);
    }

    [Fact]
    public void Two_machines_that_file_alike_make_the_same_thread()
    {
        Cid File()
        {
            using Identity machine = People.Person(0xa1);
            using var thread = Core.Threads.Thread.Create(machine, [Card.Bare(machine.Certificate)], default, new ThreadKey(Key), [.. Enumerable.Repeat((byte)9, 32)]);
            return thread.Id;
        }
        Assert.Equal(File(), File());
    }

    [Fact]
    public void Another_key_is_refused()
    {
        using Thread made = Create([People.AliceCard, People.BobCard]);
        foreach (byte[] key in new[] { [], Key[..31], [.. Key, 0], new byte[32], Flipped(made.Key, 0), Flipped(made.Key, 31) })
        {
            Assert.False(Core.Threads.Thread.TryOpen(made.Genesis.Block, key, out _, out string? error));
            Assert.Equal("is not opened by this key", error);
        }
        CborValue other = CborValue.Parse(made.Genesis.Block.Span);
        other["check"] = CborValue.Bytes(Flipped(other["check"].Content, 3));
        Assert.False(Core.Threads.Thread.TryOpen(other.ToBlock(), made.Key, out _, out _));
    }

    [Fact]
    public void Parties_stand_in_order_each_once_and_the_creator_is_one()
    {
        CborValue[] sorted = [.. new[] { People.AliceCard, People.BobCard, People.CarolCard }.OrderBy(card => card.Identity).Select(Value)];
        Accepts(Record().With("parties", CborValue.List(sorted)), People.Alice);
        Refuses("repeated or out of order", Record().With("parties", CborValue.List(sorted.Reverse())), People.Alice);
        Refuses("repeated or out of order", Record().With("parties", CborValue.List(sorted[0], sorted[0], sorted[1])), People.Alice);
        Refuses("0 parties", Record().With("parties", CborValue.List()), People.Alice);
        Refuses("creator who is no party", Record().With("creator", CborValue.Bytes(People.Mallory.Did.Bytes)), People.Mallory);
        Refuses("not signed by its creator", Record(), People.Bob);
        Refuses("not signed by its creator", Record().With("creator", CborValue.Bytes(People.Bob.Did.Bytes)), People.Alice);
    }

    [Fact]
    public void A_card_that_does_not_verify_makes_no_thread()
    {
        foreach (Action<CborValue> harm in new Action<CborValue>[]
        {
            card => card["profile"]["name"] = CborValue.Text("Mallory"),
            card => card["profile"]["signature"] = CborValue.Bytes(new byte[64]),
            card => card["certificate"]["epoch"] = CborValue.Int(3),
            card => card["certificate"]["sealing"] = CborValue.Bytes(new byte[32]),
            card => card["v"] = CborValue.Int(2),
            card => card["note"] = CborValue.Int(2),
        })
        {
            CborValue record = Record();
            harm(record["parties"].Items[1]);
            Refuses("", record, People.Alice);
        }
    }

    [Fact]
    public void A_record_has_exactly_the_fields_of_the_schema()
    {
        CborValue record = Record().With("branchOf", CborValue.Link(Samples.Numbered(1)));
        Accepts(record.Copy(), People.Alice);
        foreach (string key in record.Keys)
        {
            if (key != "creator")
                Refuses("", record.Copy().With(key, CborValue.Null), People.Alice);
            if (key is not ("created" or "branchOf"))
                Refuses("", record.Copy().Without(key), People.Alice);
        }
        Refuses("", record.Copy().With("note", CborValue.Int(1)), People.Alice);
        Refuses("", record.Copy().Reverse(), People.Alice);
        Refuses("raw bytes", record.Copy().With("branchOf", CborValue.Link(Cid.Of(Cid.Raw, "chunk"u8))), People.Alice);
        foreach (long time in new[] { -1, 253_402_300_800_000 })
            Refuses("before 1970 or after 9999", record.Copy().With("created", CborValue.Int(time)), People.Alice);
    }

    [Fact]
    public void A_block_has_exactly_the_fields_of_the_schema()
    {
        using Thread made = Create([People.AliceCard, People.BobCard]);
        CborValue block = CborValue.Parse(made.Genesis.Block.Span);
        foreach (string key in block.Keys)
        {
            RefusesBlock(block.Copy().Without(key).ToBlock(), made.Key);
            RefusesBlock(block.Copy().With(key, CborValue.Null).ToBlock(), made.Key);
        }
        RefusesBlock(block.Copy().With("note", CborValue.Int(1)).ToBlock(), made.Key);
        RefusesBlock(block.Copy().Reverse().ToBlock(), made.Key);
        RefusesBlock(block.Copy().With("kind", CborValue.Text("defms/message")).ToBlock(), made.Key);
        RefusesBlock(Block.Create(Cid.Raw, made.Genesis.Block.Data), made.Key);
        RefusesBlock(made.Seal(People.Alice, Samples.Mail("a"), null).Message.Block, made.Key);
    }

    [Fact]
    public void Every_changed_bit_and_every_cut_is_refused()
    {
        using Thread made = Create([People.AliceCard, People.BobCard], new GenesisOptions { IsPublic = true });
        byte[] bytes = made.Genesis.Block.Span.ToArray();
        for (int i = 0; i < bytes.Length; i++)
        {
            for (int bit = 0; bit < 8; bit++)
                RefusesBlock(Block.Create(Cid.DagCbor, Flipped(bytes, i, bit)), made.Key);
            RefusesBlock(Block.Create(Cid.DagCbor, bytes.AsMemory(0, i)), made.Key);
        }
    }

    [Fact]
    public void A_public_thread_is_opened_by_whoever_sees_its_genesis()
    {
        using Thread made = Create([People.AliceCard, People.BobCard], new GenesisOptions { IsPublic = true });
        using Thread opened = Open(made.Genesis.Block, Genesis.PublicKeyOf(made.Genesis.Block));
        Assert.True(opened.Genesis.IsPublic);
        Assert.True(opened.TryOpen(made.Seal(People.Bob, Samples.Mail("news"), null).Message.Block, out _, out _));
        Assert.Empty(Genesis.PublicKeyOf(Block.Create(Cid.Raw, made.Genesis.Block.Data)));
    }

    [Fact]
    public void No_other_party_can_publish_a_thread_or_hide_a_public_one()
    {
        using Thread hidden = Create([People.AliceCard, People.BobCard]);
        RefusesBlock(CborValue.Parse(hidden.Genesis.Block.Span).With("key", CborValue.Bytes(hidden.Key)).ToBlock(), hidden.Key);
        using Thread open = Create([People.AliceCard, People.BobCard], new GenesisOptions { IsPublic = true });
        RefusesBlock(CborValue.Parse(open.Genesis.Block.Span).Without("key").ToBlock(), open.Key);
    }

    [Fact]
    public void A_key_in_clear_that_is_not_the_threads_own_is_refused()
    {
        Block block = Forger.Genesis(Record(), People.Alice, isPublic: true, shownKey: new byte[32]);
        RefusesBlock(block, Key);
        RefusesBlock(block, new byte[32]);
        Assert.True(Core.Threads.Thread.TryOpen(Forger.Genesis(Record(), People.Alice, isPublic: true, shownKey: Key), Key, out _, out _));
    }

    private static Thread Create(IEnumerable<Card> parties, GenesisOptions options = default) =>
        Core.Threads.Thread.Create(People.Alice, parties, options, new SeededRandomSource(1));

    private static Thread Open(Block block, ReadOnlySpan<byte> key)
    {
        Assert.True(Core.Threads.Thread.TryOpen(block, key, out Thread? thread, out string? error), error);
        return thread;
    }

    /// <summary>What Alice seals into a genesis for Bob and herself, signature left out.</summary>
    private static CborValue Record() => CborValue.Map(
        ("created", CborValue.Int(People.Issued)),
        ("creator", CborValue.Bytes(People.Alice.Did.Bytes)),
        ("parties", CborValue.List(new[] { People.AliceCard, People.BobCard }.OrderBy(card => card.Identity).Select(Value))));

    private static CborValue Value(Card card) => CborValue.Parse(card.Encoded.Span);

    private static void Accepts(CborValue record, Identity signer) => Open(Forger.Genesis(record, signer), Key).Dispose();

    private static void Refuses(string reason, CborValue record, Identity signer)
    {
        Assert.False(Core.Threads.Thread.TryOpen(Forger.Genesis(record, signer), Key, out _, out string? error), $"should be refused: {reason}");
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private static void RefusesBlock(Block block, ReadOnlySpan<byte> key)
    {
        Assert.False(Core.Threads.Thread.TryOpen(block, key, out Thread? thread, out string? error));
        Assert.Null(thread);
        Assert.NotEmpty(error);
    }

    private static void Says(string reason, IReadOnlyList<Card> parties) =>
        Assert.Contains(reason, Assert.Throws<ThreadException>(() => Create(parties)).Message, StringComparison.Ordinal);

    private static byte[] Flipped(ReadOnlySpan<byte> bytes, int at, int bit = 0)
    {
        byte[] flipped = bytes.ToArray();
        flipped[at] ^= (byte)(1 << bit);
        return flipped;
    }

    private static Card LargestCard(Identity identity)
    {
        Endpoint[] endpoints = [.. Enumerable.Range(0, 5).Select(i => new Endpoint(new Uri($"https://h{i}.example/{new string('a', 180)}"), identity.Did))];
        string[] ipfs = [$"/dns4/{new string('b', 190)}"];
        Card Issue(int extra) => identity.IssueCard(new Profile
        {
            Name = new string('n', 128),
            Endpoints = endpoints,
            Ipfs = [.. ipfs, $"/{new string('c', extra)}"],
            Addresses = ["a@example.org"],
            Issued = People.Issued,
        });
        return Issue(Card.MaxLength - Issue(0).Encoded.Length - 1);
    }
}
