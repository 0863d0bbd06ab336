using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>What belongs is decided by the block alone; each test breaks one rule and keeps all others.</summary>
public sealed class BelongingTests : IDisposable
{
    private static readonly byte[] Octets = Samples.Mail("lunch");
    private static readonly byte[] Large = Samples.Pattern(70_000);

    private readonly Thread thread = Samples.Thread();
    private readonly Forger forger;

    public BelongingTests() => forger = new Forger(thread);

    public void Dispose() => thread.Dispose();

    [Fact]
    public void What_a_party_seals_belongs_and_says_what_was_sealed()
    {
        foreach (byte[] octets in new[] { [], Octets, Samples.Pattern(64 * 1024), Samples.Pattern(64 * 1024 + 1), Samples.Pattern(600_000) })
        {
            Origin origin = Samples.Origin(octets);
            SealedMessage made = thread.Seal(People.Bob, octets, People.Issued, origin);
            Assert.True(thread.TryOpen(made.Message.Block, out Message? read, out string? refusal), refusal);

            Assert.Equal((thread.Id, People.Bob.Did, People.Issued, octets.Length), (read.Thread, read.Author, read.Time!.Value, read.Size));
            Assert.Equal(origin.Host, read.Origin!.Host);
            Assert.Equal(made.Chunks.Select(chunk => chunk.Cid), read.Body);
            Assert.Equal(octets.Length > 64 * 1024, read.Body.Count > 0);
            Assert.Equal(octets, OctetsOf(read, made.Chunks));
        }
    }

    [Fact]
    public void The_same_message_sealed_twice_is_one_block()
    {
        Block first = thread.Seal(People.Alice, Octets, People.Issued).Message.Block;
        using Thread again = Open(thread);
        Assert.Equal(first.Cid, again.Seal(People.Alice, Octets, People.Issued).Message.Cid);
    }

    [Fact]
    public void A_message_put_together_by_hand_from_the_documentation_is_the_one_that_is_sealed()
    {
        CborValue record = forger.Sign(Forger.Inline(People.Alice, Octets), [], People.Alice);
        Assert.Equal(thread.Seal(People.Alice, Octets, People.Issued).Message.Cid, forger.Message(record).Cid);

        List<Block> chunks = forger.Chunks(Large, 70_000);
        record = forger.Sign(Forger.Chunked(People.Alice, Large, 70_000), chunks.Select(chunk => chunk.Cid), People.Alice);
        Assert.Equal(thread.Seal(People.Alice, Large, null).Message.Cid, forger.Message(record, chunks.Select(chunk => chunk.Cid)).Cid);
    }

    [Fact]
    public void A_message_by_somebody_who_is_no_party_is_refused()
    {
        Refuses("somebody who is no party", forger.Message(forger.Sign(Forger.Inline(People.Mallory, Octets), [], People.Mallory)));
        Assert.Throws<ThreadException>(() => thread.Seal(People.Mallory, Octets, null));
    }

    [Fact]
    public void A_party_cannot_write_in_the_name_of_another()
    {
        Refuses("not signed by its author", forger.Message(forger.Sign(Forger.Inline(People.Alice, Octets), [], People.Bob)));
        CborValue stolen = forger.Record(thread.Seal(People.Alice, Octets, People.Issued).Message.Block);
        Refuses("not signed by its author", forger.Message(stolen.Copy().With("author", CborValue.Bytes(People.Bob.Did.Bytes))));
    }

    [Fact]
    public void A_key_of_another_epoch_than_the_certified_one_does_not_sign_for_its_party()
    {
        using Identity later = People.Person(0xb0, epoch: 1);
        using Identity latest = People.Person(0xb0, epoch: 2);
        using Thread now = Samples.Thread(2, People.AliceCard, People.CardOf(later, "Bob"));
        var inside = new Forger(now);

        Assert.True(now.TryOpen(inside.Message(inside.Sign(Forger.Inline(later, Octets), [], later)), out _, out _));
        foreach (Identity other in new[] { People.Bob, latest })
        {
            Refuses(now, "not signed by its author", inside.Message(inside.Sign(Forger.Inline(other, Octets), [], other)));
            Assert.False(now.CanWrite(other));
            Assert.Throws<ThreadException>(() => now.Seal(other, Octets, null));
        }
    }

    [Fact]
    public void A_message_of_another_thread_is_refused_even_under_the_same_key_and_salt()
    {
        using Thread other = Samples.Thread(2);
        Refuses("names another thread", other.Seal(People.Alice, Octets, null).Message.Block);

        // The key and salt of one thread used for a second one: its messages open, but their author signed for another genesis.
        CborValue record = forger.Sign(Forger.Inline(People.Alice, Octets), [], People.Alice, genesis: other.Id);
        Refuses("not signed by its author", forger.Message(record));
        Refuses("names another thread", forger.Node(forger.Cipher.Seal("defms/message", record.Encode())).With("genesis", CborValue.Link(other.Id)).ToBlock());
    }

    [Fact]
    public void A_signature_for_another_purpose_is_refused() =>
        Refuses("not signed by its author", forger.Message(forger.Sign(Forger.Inline(People.Alice, Octets), [], People.Alice, label: "defms/1 genesis")));

    [Fact]
    public void One_record_has_one_sealing()
    {
        byte[] record = forger.Record(thread.Seal(People.Alice, Octets, null).Message.Block).Encode();
        byte[] padded = Padded(record, 0);
        Assert.Equal(forger.Message(record).Cid, forger.Node(forger.SealLoosely("defms/message", padded)).ToBlock().Cid);

        Refuses("sealed in another way", forger.Node(forger.SealLoosely("defms/message", padded, new byte[24])).ToBlock());
        Refuses("sealed in another way", forger.Node(forger.SealLoosely("defms/message", [.. padded, 0])).ToBlock());
        Refuses("sealed in another way", forger.Node(forger.SealLoosely("defms/message", Padded(record, 1))).ToBlock());
        Refuses("sealed in another way", forger.Node(forger.Cipher.Seal("defms/body", record)).ToBlock());
        Refuses("sealed in another way", forger.Node([]).ToBlock());
    }

    [Fact]
    public void Another_cut_of_the_same_octets_needs_its_authors_signature()
    {
        SealedMessage made = thread.Seal(People.Alice, Large, null);
        List<Block> halves = forger.Chunks(Large, 35_000, 35_000);
        CborValue recut = forger.Record(made.Message.Block).With("chunks", CborValue.List(CborValue.Int(35_000), CborValue.Int(35_000)));

        Refuses("not signed by its author", forger.Message(recut, halves.Select(chunk => chunk.Cid)));
        Refuses("not signed by its author", forger.Message(forger.Record(made.Message.Block), halves[0].Cid));
    }

    [Fact]
    public void Size_digest_chunks_and_links_must_agree_whoever_signed()
    {
        Cid chunk = forger.Chunks(Large, 70_000)[0].Cid;
        CborValue inline = Forger.Inline(People.Alice, Octets);
        CborValue chunked = Forger.Chunked(People.Alice, Large, 70_000);

        RefusesSigned("do not match their digest", inline.Copy().With("size", CborValue.Int(Octets.Length + 1)));
        RefusesSigned("do not match their digest", inline.Copy().With("size", CborValue.Int(-1)));
        RefusesSigned("do not match their digest", inline.Copy().With("octets", CborValue.Bytes(Samples.Mail("supper"))));
        RefusesSigned("do not match their digest", inline.Copy().With("hash", CborValue.Bytes(new byte[32])));
        RefusesSigned("another length than 32", inline.Copy().With("hash", CborValue.Bytes(new byte[31])));
        RefusesSigned("longer than 65536", Forger.Inline(People.Alice, Samples.Pattern(64 * 1024 + 1)));
        RefusesSigned("another number of chunks", inline.Copy(), chunk);
        RefusesSigned("another number of chunks", chunked.Copy());
        RefusesSigned("another number of chunks", chunked.Copy(), chunk, chunk);
        RefusesSigned("do not make its size", chunked.Copy().With("size", CborValue.Int(70_001)), chunk);
        RefusesSigned("no octets though they would fit", Forger.Chunked(People.Alice, Samples.Pattern(64 * 1024), 64 * 1024), chunk);
        RefusesSigned("has an empty chunk", chunked.Copy().With("chunks", CborValue.List(CborValue.Int(70_000), CborValue.Int(0))), chunk, chunk);
        RefusesSigned("a number above 262144", Forger.Chunked(People.Alice, Large, 262_145), chunk);
        RefusesSigned("something else where a whole number", chunked.Copy().With("chunks", CborValue.List(CborValue.Int(70_001), CborValue.Int(-1))), chunk, chunk);
        RefusesSigned("has an empty list", chunked.Copy().With("chunks", CborValue.List()), chunk);
        RefusesSigned("another number of chunks", chunked.Copy().Without("chunks"), chunk);
        RefusesSigned("do not make its size", chunked.Copy().Without("chunks"));
        RefusesSigned("no octets though they would fit", inline.Copy().Without("octets"));
        RefusesSigned("no octets though they would fit", chunked.Copy().With("size", CborValue.Int(-70_000)), chunk);
        RefusesSigned("'signature'", inline.Copy().With("chunks", CborValue.List(CborValue.Int(Octets.Length))), chunk);
    }

    [Fact]
    public void At_most_2048_chunks_are_linked()
    {
        Cid chunk = forger.Chunks(Large, 70_000)[0].Cid;
        CborValue most = Forger.Chunked(People.Alice, Large, Enumerable.Repeat(64, 2048)).With("size", CborValue.Int(64 * 2048));
        Assert.True(thread.TryOpen(forger.Message(forger.Sign(most, Enumerable.Repeat(chunk, 2048), People.Alice), Enumerable.Repeat(chunk, 2048)), out _, out _));

        CborValue more = Forger.Chunked(People.Alice, Large, Enumerable.Repeat(64, 2049)).With("size", CborValue.Int(64 * 2049));
        RefusesSigned("longer than 2048", more, [.. Enumerable.Repeat(chunk, 2049)]);
    }

    [Fact]
    public void A_body_links_to_raw_blocks_of_ours_only()
    {
        Cid raw = forger.Chunks(Large, 70_000)[0].Cid;
        foreach (Cid other in new[] { Samples.MadeUp(raw.Digest), Cid.From([1, 0x55, 0x1b, 32, .. raw.Digest]), Cid.From([0x12, 32, .. raw.Digest]) })
            RefusesSigned("link|raw bytes", Forger.Chunked(People.Alice, Large, 70_000), other);
    }

    [Fact]
    public void A_record_has_exactly_the_fields_of_the_schema()
    {
        CborValue record = Forger.Inline(People.Alice, Octets).With("origin", OriginOf(Octets));
        foreach (string key in record.Keys)
        {
            RefusesSigned("", record.Copy().With(key, CborValue.Null));
            if (key is not ("time" or "origin"))
                RefusesSigned("", record.Copy().Without(key));
        }
        RefusesSigned("'signature'|does not know", record.Copy().With("note", CborValue.Int(1)));
        RefusesSigned("does not know", record.Copy().With("zzzzzzzzzz", CborValue.Int(1)));
        RefusesSigned("", record.Copy().Append("hash", record["hash"]));
        RefusesSigned("", record.Copy().Reverse());
        foreach (long time in new[] { -1, 253_402_300_800_000, long.MaxValue })
            RefusesSigned("before 1970 or after 9999", record.Copy().With("time", CborValue.Int(time)));

        byte[] whole = forger.Sign(record, [], People.Alice).Encode();
        Assert.True(thread.TryOpen(forger.Message(whole), out _, out _));
        Refuses("behind its end", forger.Message([.. whole, 0]));
        Refuses("", forger.Message(whole[..^1]));
        Refuses("", forger.Message(Array.Empty<byte>()));
        Refuses("", forger.Message(CborValue.List()));
    }

    [Fact]
    public void A_block_has_exactly_the_fields_of_the_schema()
    {
        CborValue node = CborValue.Parse(thread.Seal(People.Alice, Octets, null).Message.Block.Span);
        foreach (string key in node.Keys)
        {
            Refuses("", node.Copy().Without(key).ToBlock());
            Refuses("", node.Copy().With(key, CborValue.Null).ToBlock());
        }
        Refuses("", node.Copy().With("note", CborValue.Int(1)).ToBlock());
        Refuses("", node.Copy().Reverse().ToBlock());
        Refuses("version 1", node.Copy().With("v", CborValue.Int(2)).ToBlock());
        Refuses("of the kind", node.Copy().With("kind", CborValue.Text("defms/genesis")).ToBlock());
        Refuses("", thread.Genesis.Block);
        Refuses("", Block.Create(Cid.Raw, node.Encode()));
        Refuses("", Block.Create(Cid.DagCbor, Array.Empty<byte>()));
    }

    [Fact]
    public void Every_changed_bit_and_every_cut_of_a_block_is_refused()
    {
        SealedMessage made = thread.Seal(People.Alice, Samples.Pattern(65_537), People.Issued);
        foreach (byte[] bytes in new[] { made.Message.Block.Span.ToArray(), thread.Seal(People.Bob, Octets, null).Message.Block.Span.ToArray() })
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                for (int bit = 0; bit < 8; bit++)
                {
                    byte[] flipped = (byte[])bytes.Clone();
                    flipped[i] ^= (byte)(1 << bit);
                    Assert.False(thread.TryOpen(Block.Create(Cid.DagCbor, flipped), out _, out _), $"bit {bit} of byte {i}");
                }
                Assert.False(thread.TryOpen(Block.Create(Cid.DagCbor, bytes.AsMemory(0, i)), out _, out _), $"cut at {i}");
            }
        }
    }

    [Fact]
    public void An_origin_must_be_signed_by_its_gateway_for_these_octets()
    {
        CborValue record = Forger.Inline(People.Alice, Octets);
        Assert.True(thread.TryOpen(forger.Message(forger.Sign(record.Copy().With("origin", OriginOf(Octets)), [], People.Alice)), out _, out _));

        RefusesSigned("its gateway did not sign", record.Copy().With("origin", OriginOf(Samples.Mail("supper"))));
        foreach ((string key, CborValue value) in new[]
        {
            ("spf", CborValue.Text("fail")), ("dkim", CborValue.Text("none")), ("dmarc", CborValue.Text("pass")), ("from", CborValue.Text("eve@example.net")),
            ("host", CborValue.Text("mx.example.com")), ("time", CborValue.Int(1)), ("to", CborValue.List()), ("signature", CborValue.Bytes(new byte[64])),
            ("certificate", OriginOf(Octets, People.Mallory)["certificate"]),
        })
            RefusesSigned("its gateway did not sign", record.Copy().With("origin", OriginOf(Octets).With(key, value)));
        RefusesSigned("certificate that its identity did not sign", record.Copy().With("origin", Altered(OriginOf(Octets))));
        RefusesSigned("control characters", record.Copy().With("origin", OriginOf(Octets).With("host", CborValue.Text("mx\u001b[2J"))));
        RefusesSigned("a verdict that is no word", record.Copy().With("origin", OriginOf(Octets).With("spf", CborValue.Text("PASS"))));
        RefusesSigned("", record.Copy().With("origin", OriginOf(Octets).With("note", CborValue.Int(1))));
        RefusesSigned("", record.Copy().With("origin", CborValue.Map()));
    }

    [Fact]
    public void Nothing_is_sealed_that_would_be_refused()
    {
        Assert.Throws<ArgumentException>(() => thread.Seal(People.Alice, Octets, null, Samples.Origin(Samples.Mail("supper"))));
        Assert.Throws<ArgumentOutOfRangeException>(() => thread.Seal(People.Alice, Octets, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => thread.Seal(People.Alice, Octets, long.MaxValue));
        Assert.Throws<ArgumentException>(() => IssueOrigin(to: [.. Enumerable.Repeat("a@example.org", 1001)]));
        Assert.Throws<ArgumentException>(() => IssueOrigin(to: [new string('a', 513)]));
        Assert.Throws<ArgumentException>(() => IssueOrigin(host: new string('a', 256)));
        Assert.Throws<ArgumentException>(() => IssueOrigin(host: "a\nb"));
        Assert.Throws<ArgumentException>(() => IssueOrigin(spf: ""));
        Assert.Throws<ArgumentException>(() => IssueOrigin(spf: "a long word too long"));

        Origin widest = IssueOrigin([.. Enumerable.Repeat(new string('a', 512), 1000)], new string('a', 255));
        Block block = thread.Seal(People.Alice, Samples.Pattern(64 * 1024), People.Issued, widest).Message.Block;
        Assert.True(thread.TryOpen(block, out _, out string? refusal), refusal);
    }

    [Fact]
    public void Whatever_a_party_sends_besides_honest_replicas_come_to_the_root_of_what_belongs() => Seeded.Check(8, random =>
    {
        List<Block> honest = [.. Enumerable.Range(0, 1 + random.Next(12)).Select(i => thread.Seal(i % 2 == 0 ? People.Alice : People.Bob, Samples.Mail($"{i}"), null).Message.Block)];
        List<Block> forged = [.. honest.Select(block => Forge(block, random))];
        Cid expected = ThreadRoot.Build(thread.Id, honest.Select(block => block.Cid)).Root;
        for (int replica = 0; replica < 3; replica++)
        {
            Block[] arrivals = [.. honest, .. forged, .. honest.Where(_ => random.Next(2) == 0)];
            random.Shuffle(arrivals);
            Assert.Equal(expected, ThreadRoot.Build(thread.Id, arrivals.Where(block => thread.TryOpen(block, out _, out _)).Select(block => block.Cid)).Root);
        }
    });

    private Block Forge(Block message, Random random)
    {
        CborValue record = forger.Record(message);
        return random.Next(6) switch
        {
            0 => forger.Message(record.With("time", CborValue.Int(random.Next()))),
            1 => forger.Message(record.With("author", CborValue.Bytes(People.Mallory.Did.Bytes))),
            2 => forger.Node(forger.SealLoosely("defms/message", Padded(record.Encode(), 0), random.Bytes(24))).ToBlock(),
            3 => forger.Message(forger.Sign(record.With("octets", CborValue.Bytes(random.Bytes(20))), [], People.Alice)),
            4 => CborValue.Parse(message.Span).With("body", CborValue.List(CborValue.Link(Cid.Of(Cid.Raw, random.Bytes(9))))).ToBlock(),
            _ => CborValue.Parse(message.Span).With("note", CborValue.Int(1)).ToBlock(),
        };
    }

    private static Origin IssueOrigin(IReadOnlyList<string>? to = null, string host = "mx.example.net", string spf = "pass") => Origin.Issue(
        People.Gateway, System.Security.Cryptography.SHA256.HashData(Samples.Pattern(64 * 1024)), "", to ?? [], host, People.Issued, spf, "none", "none");

    private CborValue OriginOf(byte[] octets, Identity? gateway = null) =>
        forger.Record(thread.Seal(People.Alice, octets, null, Samples.Origin(octets, gateway)).Message.Block)["origin"];

    private static CborValue Altered(CborValue origin)
    {
        origin["certificate"]["epoch"] = CborValue.Int(9);
        return origin;
    }

    /// <summary>Varint, plaintext and zeros: the right number of them, or one block of padding more.</summary>
    private static byte[] Padded(byte[] plaintext, int extra)
    {
        byte[] content = [(byte)(plaintext.Length & 0x7f | 0x80), (byte)(plaintext.Length >> 7), .. plaintext];
        int length = Core.Sealing.Sealed.Padme(content.Length);
        return [.. content, .. new byte[(extra == 0 ? length : Core.Sealing.Sealed.Padme(length + 1)) - content.Length]];
    }

    private byte[]? OctetsOf(Message message, IEnumerable<Block> chunks)
    {
        var store = new MemoryBlockstore();
        store.Put(chunks);
        return thread.ReadOctets(message, store).Octets;
    }

    private static Thread Open(Thread thread)
    {
        Assert.True(Core.Threads.Thread.TryOpen(thread.Genesis.Block, thread.Key, out Thread? opened, out string? error), error);
        return opened;
    }

    /// <summary>Signed by Alice over all that the record says, and still refused.</summary>
    private void RefusesSigned(string reason, CborValue record, params IReadOnlyList<Cid> body) =>
        Refuses(reason, forger.Message(forger.Sign(record, body, People.Alice), body));

    private void Refuses(string reason, Block block) => Refuses(thread, reason, block);

    /// <summary>The reason is one of the words, parted by bars, that the refusal may contain.</summary>
    private static void Refuses(Thread thread, string reason, Block block)
    {
        Assert.False(thread.TryOpen(block, out Message? message, out string? refusal), $"should be refused: {reason}");
        Assert.Null(message);
        Assert.True(reason.Split('|').Any(word => refusal.Contains(word, StringComparison.Ordinal)), $"'{refusal}' does not say '{reason}'");
    }
}
