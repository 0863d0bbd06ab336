using System.Buffers;
using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>Cutting octets into chunks and putting them together; what is wrong with a chunk never changes what belongs.</summary>
public sealed class OctetsTests : IDisposable
{
    private readonly Thread thread = Samples.Thread();
    private readonly Forger forger;
    private readonly MemoryBlockstore store = new();

    public OctetsTests() => forger = new Forger(thread);

    public void Dispose() => thread.Dispose();

    [Fact]
    public void Any_octets_come_back_whole() => Seeded.Check(30, random =>
    {
        byte[] octets = random.Bytes(random.Next(5) == 0 ? random.Next(2_000_000) : random.Next(200_000));
        SealedMessage made = thread.Seal(People.Alice, octets, null);
        store.Put(made.Chunks);
        Assert.True(thread.TryOpen(made.Message.Block, out Message? message, out _));
        Assert.Equal(octets, thread.ReadOctets(message, store).Octets);
        Assert.All(made.Blocks, block => Assert.InRange(block.Data.Length, 1, 300_000));
    });

    [Fact]
    public void Chunks_that_are_not_here_are_named_and_nothing_is_damaged()
    {
        SealedMessage made = thread.Seal(People.Alice, Samples.Pattern(600_000), null);
        OctetsResult nothing = thread.ReadOctets(made.Message, store);
        Assert.Equal(made.Message.Body, nothing.Missing);
        Assert.False(nothing.IsDamaged);
        Assert.Null(nothing.Octets);

        store.Put([made.Chunks[1]]);
        Assert.Equal([made.Message.Body[0], made.Message.Body[2]], thread.ReadOctets(made.Message, store).Missing);
    }

    [Fact]
    public void A_chunk_that_does_not_open_or_has_another_length_damages_its_message_which_still_belongs()
    {
        byte[] octets = Samples.Pattern(70_000);
        foreach (Block chunk in new[]
        {
            Block.Create(Cid.Raw, "no sealing"u8.ToArray()),
            Block.Create(Cid.Raw, Array.Empty<byte>()),
            Block.Create(Cid.Raw, forger.Cipher.Seal("defms/message", octets)),
            Block.Create(Cid.Raw, forger.Cipher.Seal("defms/body", octets.AsSpan(1))),
            Block.Create(Cid.Raw, forger.Cipher.Seal("defms/body", [.. octets, 0])),
            Block.Create(Cid.Raw, forger.Cipher.Seal("defms/body", Samples.Pattern(70_001).AsSpan(1))),
        })
        {
            store.Put([chunk]);
            Message message = Signed(octets, [70_000], chunk.Cid);
            OctetsResult read = thread.ReadOctets(message, store);
            Assert.True(read.IsDamaged);
            Assert.Null(read.Octets);
            Assert.Empty(read.Missing);
        }
    }

    [Fact]
    public void Damage_is_seen_while_other_chunks_are_missing()
    {
        byte[] octets = Samples.Pattern(140_000);
        Block good = forger.Chunks(octets, 70_000)[0], bad = Block.Create(Cid.Raw, "no sealing"u8.ToArray());
        store.Put([bad]);
        OctetsResult read = thread.ReadOctets(Signed(octets, [70_000, 70_000], good.Cid, bad.Cid), store);
        Assert.True(read.IsDamaged);
        Assert.Equal([good.Cid], read.Missing);
    }

    [Fact]
    public void Right_chunks_in_the_wrong_order_are_damage()
    {
        byte[] octets = Samples.Pattern(140_000);
        List<Block> chunks = forger.Chunks(octets, 70_000, 70_000);
        store.Put(chunks);
        Assert.True(thread.ReadOctets(Signed(octets, [70_000, 70_000], chunks[1].Cid, chunks[0].Cid), store).IsDamaged);
        Assert.Equal(octets, thread.ReadOctets(Signed(octets, [70_000, 70_000], chunks[0].Cid, chunks[1].Cid), store).Octets);
    }

    [Fact]
    public void A_claim_of_half_a_gigabyte_takes_no_memory_before_a_chunk_is_here()
    {
        Cid[] body = [.. Enumerable.Range(0, 2_048).Select(i => Cid.Of(Cid.Raw, BitConverter.GetBytes(i)))];
        CborValue record = Forger.Chunked(People.Alice, [], Enumerable.Repeat(262_144, 2_048)).With("size", CborValue.Int(Message.MaxSize));
        Message message = Opened(forger.Message(forger.Sign(record, body, People.Alice), body));

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(2_048, thread.ReadOctets(message, store).Missing.Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void What_is_larger_than_a_thread_takes_is_refused_to_its_author() =>
        Assert.Contains("at most 536870912", Assert.Throws<ThreadException>(() => thread.Seal(People.Alice, new Unread().OfLength((int)Message.MaxSize + 1), null)).Message, StringComparison.Ordinal);

    [Fact]
    public void Octets_without_large_parts_are_cut_every_256_KiB()
    {
        foreach ((int length, int[] expected) in new (int, int[])[]
        {
            (65_537, [65_537]), (262_144, [262_144]), (262_145, [262_144, 1]), (600_000, [262_144, 262_144, 75_712]),
        })
        {
            // One line of a header that never ends: no part of it is large.
            byte[] octets = [.. "X: "u8, .. Enumerable.Repeat((byte)'a', length - 3)];
            Assert.Equal(expected, Cutting.Lengths(octets));
        }
    }

    [Fact]
    public void A_large_part_begins_and_ends_a_chunk()
    {
        byte[] attachment = Base64(Samples.Pattern(250_000));
        byte[] mail = Multipart("first", attachment);
        List<int> lengths = Cutting.Lengths(mail);
        int start = mail.AsSpan().IndexOf(attachment);

        Assert.Equal([start, 262_144, attachment.Length - 262_144, mail.Length - start - attachment.Length], lengths);
    }

    [Fact]
    public void The_same_attachment_in_one_thread_is_stored_once()
    {
        byte[] attachment = Base64(Samples.Pattern(250_000));
        SealedMessage first = thread.Seal(People.Alice, Multipart("first", attachment), null);
        SealedMessage second = thread.Seal(People.Bob, Multipart("another and longer text", attachment), null);

        Assert.NotEqual(first.Message.Body[0], second.Message.Body[0]);
        Assert.Equal(first.Message.Body.Skip(1), second.Message.Body.Skip(1));
    }

    [Fact]
    public void A_part_below_64_KiB_is_no_reason_to_cut()
    {
        byte[] mail = Multipart("first", [.. Enumerable.Repeat((byte)'a', 65_535)]);
        Assert.Equal([mail.Length], Cutting.Lengths(mail));
        Assert.Equal(3, Cutting.Lengths(Multipart("first", [.. Enumerable.Repeat((byte)'a', 65_536)])).Count);
    }

    [Fact]
    public void Lengths_always_sum_and_fit_whatever_the_octets() => Seeded.Check(60, random =>
    {
        byte[] octets = random.Next(2) == 0 ? random.Bytes(random.Next(700_000)) : RandomMail(random);
        List<int> lengths = Cutting.Lengths(octets);
        Assert.Equal(octets.Length, lengths.Sum());
        Assert.All(lengths, length => Assert.InRange(length, 1, MessageRecord.MaxChunk));
    });

    [Fact]
    public void More_large_parts_than_links_are_cut_by_size_alone()
    {
        var mail = new MemoryStream();
        mail.Write("Content-Type: multipart/mixed; boundary=b\r\n\r\n"u8);
        byte[] part = [.. "--b\r\n\r\n"u8, .. Enumerable.Repeat((byte)'a', 65_536), .. "\r\n"u8];
        for (int i = 0; i < 1_200; i++)
            mail.Write(part);
        mail.Write("--b--\r\n"u8);
        List<int> lengths = Cutting.Lengths(mail.ToArray());
        Assert.Equal(mail.Length, lengths.Sum());
        Assert.All(lengths.SkipLast(1), length => Assert.Equal(MessageRecord.MaxChunk, length));
    }

    /// <summary>Memory of a length that nobody has to have.</summary>
    private sealed class Unread : MemoryManager<byte>
    {
        public Memory<byte> OfLength(int length) => CreateMemory(length);

        public override Span<byte> GetSpan() => throw new InvalidOperationException("These octets were read.");

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    private Message Signed(byte[] octets, int[] lengths, params Cid[] body) =>
        Opened(forger.Message(forger.Sign(Forger.Chunked(People.Alice, octets, lengths), body, People.Alice), body));

    private Message Opened(Block block)
    {
        Assert.True(thread.TryOpen(block, out Message? message, out string? refusal), refusal);
        return message;
    }

    private static byte[] Base64(byte[] content) => Encoding.ASCII.GetBytes(Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks));

    private static byte[] Multipart(string text, byte[] attachment) =>
    [
        .. Encoding.ASCII.GetBytes($"Subject: {text}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\n{text}\r\n--b\r\n"),
        .. "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"u8, .. attachment, .. "\r\n--b--\r\n"u8,
    ];

    private static byte[] RandomMail(Random random)
    {
        var mail = new MemoryStream();
        mail.Write("Content-Type: multipart/mixed; boundary=b\n\n"u8);
        for (int i = random.Next(6); i >= 0; i--)
        {
            mail.Write(random.Next(4) == 0 ? "\n--b\nContent-Type: multipart/digest; boundary=c\n\n--c\n\n"u8 : "\n--b\n\n"u8);
            mail.Write(Encoding.ASCII.GetBytes(new string('a', random.Next(200_000))));
        }
        return mail.ToArray();
    }
}
