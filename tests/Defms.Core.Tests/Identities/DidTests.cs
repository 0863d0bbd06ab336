using Defms.Core.Identities;
using Defms.Core.Tests.Support;
using SimpleBase;

namespace Defms.Core.Tests.Identities;

public sealed class DidTests
{
    // The W3C's examples of did:key with Ed25519 ("The did:key Method v0.9", section on test vectors).
    [Theory]
    [InlineData("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29")]
    [InlineData("did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG", null)]
    [InlineData("did:key:z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf", null)]
    public void The_examples_of_the_did_key_method_are_read_and_written(string text, string? publicKey)
    {
        Assert.True(Did.TryParse(text, out Did did));
        Assert.Equal(text, did.ToString());
        if (publicKey is not null)
            Assert.Equal(publicKey, Convert.ToHexStringLower(did.Bytes));
    }

    [Fact]
    public void Every_key_has_one_text_that_is_read_back() => Property.Holds(1_000, random =>
    {
        Did did = Did.From(random.Bytes(Did.Length));
        string text = did.ToString();
        Assert.StartsWith("did:key:z6Mk", text, StringComparison.Ordinal);
        Assert.True(Did.TryParse(text, out Did parsed));
        Assert.Equal(did, parsed);

        char[] other = text.ToCharArray();
        other[random.Below(other.Length)] = (char)random.Below(128);
        if (Did.TryParse(new string(other), out parsed))
            Assert.Equal(new string(other), parsed.ToString());
    });

    [Fact]
    public void The_least_and_the_greatest_key_have_texts_of_the_same_length()
    {
        Assert.Equal(56, Did.From(new byte[32]).ToString().Length);
        Assert.Equal(56, Did.From(Seeds.Ones).ToString().Length);
    }

    [Fact]
    public void Another_base_another_kind_of_key_and_anything_around_it_are_refused()
    {
        string good = Did.From(Seeds.Counting).ToString();
        byte[] coded = [0xed, 0x01, .. Seeds.Counting];
        string[] refused =
        [
            "", "did:key:", "did:key:z", good[..^1], good + "1", " " + good, good + "\n", good.ToUpperInvariant(), "DID:key:" + good[8..], good + "#" + good[8..],
            "did:web:" + good[8..], "did:key:" + SimpleBase.Multibase.Encode(coded, MultibaseEncoding.Base16Lower),
            "did:key:" + SimpleBase.Multibase.Encode(coded, MultibaseEncoding.Base32Lower),
            "did:key:Z" + Base58.Flickr.Encode(coded), "did:key:z" + Base58.Flickr.Encode(coded),
            "did:key:z" + Base58.Bitcoin.Encode([0xec, 0x01, .. Seeds.Counting]), "did:key:z" + Base58.Bitcoin.Encode([0xed, 0x01, .. Seeds.Counting[1..]]),
            "did:key:z" + new string('1', 47), "did:key:z" + new string('z', 8_000), "did:key:z6Mk" + new string('0', 44),
        ];
        Assert.All(refused, text =>
        {
            Assert.False(Did.TryParse(text, out Did did), text);
            Assert.True(did.IsDefault);
        });
    }

    [Fact]
    public void Nobody_has_no_text_and_no_bytes()
    {
        Assert.Equal("", default(Did).ToString());
        Assert.True(default(Did).Bytes.IsEmpty);
        Assert.NotEqual(default, Did.From(new byte[32]));
        Assert.Throws<ArgumentException>(() => Did.From(new byte[31]));
    }
}
