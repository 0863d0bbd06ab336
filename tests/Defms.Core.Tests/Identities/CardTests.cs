using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Identities;

public sealed class CardTests : IDisposable
{
    private readonly Identity alice = Seeds.Identity(Seeds.Counting);

    private static Profile Plain => new() { Name = "Alice", Addresses = ["alice@example.org"], Issued = 1_700_000_000_000 };

    public void Dispose() => alice.Dispose();

    [Fact]
    public void Every_flipped_bit_is_refused()
    {
        foreach (Card card in new[] { alice.IssueCard(Plain), Card.Bare(alice.Certificate) })
        {
            byte[] bytes = card.Encoded.ToArray();
            for (int bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(Card.TryDecode(bytes, out _, out _), $"bit {bit}");
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
            Assert.True(Card.TryDecode(bytes, out _, out _));
        }
    }

    [Fact]
    public void A_card_cut_at_any_byte_is_refused()
    {
        byte[] bytes = alice.IssueCard(Plain).Encoded.ToArray();
        for (int length = 0; length < bytes.Length; length++)
            Assert.False(Card.TryDecode(bytes.AsSpan(0, length), out _, out _), $"{length} bytes");
    }

    [Fact]
    public void Changed_bytes_are_refused_without_an_exception() => Property.Holds(5_000, random =>
    {
        byte[] bytes = alice.IssueCard(Plain with { Seq = random.Below(1000) }).Encoded.ToArray();
        byte[] mutated = random.Mutate(bytes);
        Assert.Equal(mutated.AsSpan().SequenceEqual(bytes), Card.TryDecode(mutated, out _, out string? error));
        Assert.NotEqual("", error);
    });

    [Fact]
    public void Rightly_signed_fields_of_any_kind_are_carried_unchanged_or_refused() => Property.Holds(3_000, random =>
    {
        string[] keys = ["seq", "ipfs", "name", "issued", "addresses", "endpoints", "note", "signature2"];
        CardRecipe recipe = new(Seeds.Counting, random.Below(3));
        for (int changes = 1 + random.Below(3); changes > 0; changes--)
            recipe.ProfileFields[random.Pick(keys)] = RandomValue(random, 3);
        byte[] bytes = recipe.Build();
        if (!Card.TryDecode(bytes, out Card? card, out _))
            return;
        Assert.Equal(bytes, card.Encoded);
        Assert.True(Card.TryParse(card.ToString(), out Card? parsed, out _));
        Assert.Equal(card, parsed);
    });

    [Fact]
    public void A_second_signature_of_the_same_profile_cannot_be_made_from_the_first()
    {
        // Ed25519 as libsodium checks it has one s for one R; both halves are tried with the other encodings that exist for some values.
        byte[] bytes = alice.IssueCard(Plain).Encoded.ToArray();
        int signature = bytes.AsSpan().IndexOf("isignature"u8) + "isignature"u8.Length + 2;
        foreach (byte top in new byte[] { 0x10, 0x20, 0x40, 0x80, 0xf0 })
        {
            byte[] changed = [.. bytes];
            changed[signature + 63] ^= top;
            Assert.False(Card.TryDecode(changed, out _, out _));
            changed = [.. bytes];
            changed[signature + 31] ^= top;
            Assert.False(Card.TryDecode(changed, out _, out _));
        }
    }

    [Fact]
    public void The_text_form_survives_line_breaks_and_upper_case()
    {
        Card card = alice.IssueCard(Plain);
        string text = card.ToString();
        string[] pasted =
        [
            $"  {text}\r\n", string.Join("\r\n", text.Chunk(64).Select(line => new string(line))), string.Join("\n\t", text.Chunk(7).Select(line => new string(line))),
            string.Join(' ', text.ToCharArray()), text.ToUpperInvariant(), "DEFMS:" + text[6..], text.Insert(3, "\n"),
        ];
        Assert.All(pasted, form =>
        {
            Assert.True(Card.TryParse(form, out Card? parsed, out string? error), error);
            Assert.Equal(card, parsed);
            Assert.Equal(text, parsed.ToString());
        });
    }

    [Fact]
    public void The_text_form_cut_anywhere_is_refused_with_a_reason()
    {
        string text = alice.IssueCard(Plain).ToString();
        for (int length = 0; length < text.Length; length++)
        {
            Assert.False(Card.TryParse(text[..length], out _, out string? error), $"{length} characters");
            Assert.NotEmpty(error);
        }
    }

    [Fact]
    public void No_other_character_stands_for_one_of_the_text_form()
    {
        // Names of different lengths, so that the last character holds every possible number of spare bits.
        for (int extra = 0; extra < 5; extra++)
        {
            string text = alice.IssueCard(Plain with { Name = "A" + new string('b', extra) }).ToString();
            Assert.All("abcdefghijklmnopqrstuvwxyz234567".Where(c => c != text[^1]), c => Assert.False(Card.TryParse(text[..^1] + c, out _, out _)));
            Assert.All("abcdefghijklmnopqrstuvwxyz234567=01890-_.\0\u00e9\u200b", c => Assert.False(Card.TryParse(text + c, out _, out _)));
            Assert.False(Card.TryParse(text.Replace('k', '\u212a'), out _, out _));
            Assert.False(Card.TryParse(text.Replace('s', '\u017f'), out _, out _));
            Assert.False(Card.TryParse(text.Replace('i', '\u0130'), out _, out _));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("defms")]
    [InlineData("defms:")]
    [InlineData("defms:a")]
    [InlineData("defms:1")]
    [InlineData("defms::")]
    [InlineData("bafy")]
    [InlineData("https://example.org/defms:urqx")]
    public void What_is_no_card_is_refused_with_a_reason(string text)
    {
        Assert.False(Card.TryParse(text, out Card? card, out string? error));
        Assert.Null(card);
        Assert.NotEmpty(error);
    }

    [Fact]
    public void A_long_text_is_refused_unread()
    {
        Assert.False(Card.TryParse("defms:" + new string('a', 10_000_000), out _, out string? error));
        Assert.Equal("is too long for a card", error);
    }

    [Fact]
    public void The_higher_epoch_then_the_higher_seq_then_the_larger_CID_wins() => Property.Holds(200, random =>
    {
        using Identity later = Seeds.Identity(Seeds.Counting, 1);
        Card left = AnyCard(random, alice, later);
        Card right = AnyCard(random, alice, later);
        int expected = (left.Epoch, left.Seq).CompareTo((right.Epoch, right.Seq));
        if (expected == 0)
            expected = left.Cid.Bytes.SequenceCompareTo(right.Cid.Bytes);

        Assert.Equal(Math.Sign(expected), Math.Sign(left.CompareTo(right)));
        Assert.Equal(expected > 0, left.IsNewerThan(right));
        Assert.Equal(expected < 0, right.IsNewerThan(left));
        Assert.Equal(expected == 0, left.Equals(right));
    });

    [Fact]
    public void A_card_inside_another_object_is_read_where_it_ends()
    {
        Card card = alice.IssueCard(Plain);
        DagCborWriter writer = new();
        writer.Array(2);
        card.Write(writer);
        byte[] bytes = writer.Int(7).ToArray();

        DagCborReader reader = new(bytes);
        Assert.Equal(2, reader.ReadArray(2));
        Assert.Equal(card, Card.Read(ref reader));
        Assert.Equal(7, reader.ReadInt32());
        Assert.True(reader.End());
    }

    [Fact]
    public void A_bad_card_inside_another_object_fails_the_object_for_good()
    {
        byte[] bytes = RawCbor.Array(RefusedCards.All(Seeds.Counting).First().Bytes, RawCbor.Int(7));
        DagCborReader reader = new(bytes);
        reader.ReadArray(2);
        Assert.Null(Card.Read(ref reader));
        Assert.True(reader.Failed);
        Assert.Equal(0, reader.ReadInt32());
        Assert.False(reader.End());
    }

    [Fact]
    public void A_card_of_2048_bytes_is_read_inside_another_object_and_one_of_2049_is_not()
    {
        foreach (int length in new[] { Card.MaxLength, Card.MaxLength + 1 })
        {
            byte[] bytes = OfLength(length);
            Assert.Equal(length == Card.MaxLength, Card.TryDecode(bytes, out _, out _));
            DagCborReader reader = new(bytes);
            Assert.Equal(length == Card.MaxLength, Card.Read(ref reader) is not null);
        }
    }

    [Fact]
    public void A_bare_card_shows_the_identity_where_a_name_would_stand()
    {
        Card bare = Card.Bare(alice.Certificate);
        Assert.Null(bare.Profile);
        Assert.Equal(alice.Did.ToString(), bare.Name);
        Assert.Empty(bare.Addresses);
        Assert.Empty(bare.Endpoints);
        Assert.Equal("alice@example.org", alice.IssueCard(Plain with { Name = null }).Name);
    }

    /// <summary>Signed and right in every field.</summary>
    private static byte[] OfLength(int length)
    {
        CardRecipe recipe = new(Seeds.Counting);
        recipe.ProfileFields["endpoints"] = RawCbor.Array([.. Enumerable.Range(0, 6).Select(_ => CardRecipe.Endpoint("https://h.example/" + new string('a', 180)))]);
        recipe.ProfileFields["ipfs"] = RawCbor.Array(RawCbor.Text("/" + new string('a', 60)));
        recipe.ProfileFields["name"] = RawCbor.Text(new string('n', 30));
        recipe.ProfileFields["name"] = RawCbor.Text(new string('n', 30 + length - recipe.Build().Length));
        byte[] card = recipe.Build();
        Assert.Equal(length, card.Length);
        return card;
    }

    private static Card AnyCard(RandomSource random, Identity first, Identity second)
    {
        Identity identity = random.Below(2) == 0 ? first : second;
        return random.Below(4) == 0
            ? Card.Bare(identity.Certificate)
            : identity.IssueCard(Plain with { Seq = random.Below(3), Name = random.Below(2) == 0 ? "Alice" : "Alice A." });
    }

    private static byte[] RandomValue(RandomSource random, int depth) => random.Below(depth == 0 ? 6 : 9) switch
    {
        0 => RawCbor.Int(random.Below(100) - 5),
        1 => RawCbor.Head(random.Below(2), BitConverter.ToUInt64(random.Bytes(8)) >> random.Below(64)),
        2 => RawCbor.Bytes(random.Bytes(random.Pick([0, 31, 32, 33]))),
        3 => RawCbor.Text(random.Pick(["", "a", "a@b", "\n", "https://h.example", "/ip4/192.0.2.1", "x\u200d", new string('n', 128), new string('n', 129)])),
        4 => RawCbor.Null,
        5 => [(byte)random.Below(256)],
        6 or 7 => RawCbor.Array([.. Enumerable.Range(0, random.Below(10)).Select(_ => RandomValue(random, depth - 1))]),
        _ => random.Below(2) == 0 ? CardRecipe.Endpoint("https://h.example/a") : RawCbor.SortedMap(("url", RandomValue(random, depth - 1)), ("x", RandomValue(random, depth - 1))),
    };
}
