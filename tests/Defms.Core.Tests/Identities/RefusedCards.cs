using System.Numerics;
using Defms.Core.Identities;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Identities;

/// <summary>Objects that are no cards, each for one reason: what stands in tests/vectors/identities/refused.</summary>
internal static class RefusedCards
{
    // The order of Ed25519's group (RFC 8032 section 5.1).
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");

    // A point of order 8 (RFC 7748 section 6.1 asks to look for the zero that such points give).
    private static readonly byte[] PointOfSmallOrder = Convert.FromHexString("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800");

    /// <summary>One for each rule: the vectors.</summary>
    internal static IEnumerable<(string Why, byte[] Bytes)> All(byte[] seed) =>
    [
        .. Signatures(seed), .. Frames(seed), .. Numbers(seed), .. Names(seed), .. Lists(seed), .. Encodings(seed),
        .. Texts(seed, ["\n", "\u001b", "\u0085", "\u200b", "\u2028", "\u202e", "\u2066"], ["alice", "al\u202eice@example.org"], ["ip4/192.0.2.1"],
            ["https://user@h.example", "https://h.example?q=1", "https://H.example", "https://h.example/", "https://h.example/%61", "https://127.1"]),
    ];

    /// <summary>Every text that is refused, on a card: those of texts.json and urls.json.</summary>
    internal static IEnumerable<(string Why, byte[] Bytes)> AllTexts(byte[] seed) =>
        Texts(seed, RefusedText.HiddenCharacters, RefusedText.Addresses, RefusedText.Multiaddresses, RefusedText.Urls);

    private static IEnumerable<(string Why, byte[] Bytes)> Signatures(byte[] seed)
    {
        yield return ("the profile's signature with a bit flipped", Build(seed, r => r.BendProfileSignature = FlipBit));
        yield return ("the certificate's signature with a bit flipped", Build(seed, r => r.BendCertificateSignature = FlipBit));
        yield return ("the profile's signature with the group's order added to s", Build(seed, r => r.BendProfileSignature = AddOrder));
        yield return ("the certificate's signature with the group's order added to s", Build(seed, r => r.BendCertificateSignature = AddOrder));
        yield return ("the profile's signature cut to 63 bytes", Build(seed, r => r.BendProfileSignature = s => s[..63]));
        yield return ("the certificate's signature with a byte more", Build(seed, r => r.BendCertificateSignature = s => [.. s, 0]));
        yield return ("a profile signed by another epoch's key", Build(seed, r => r.Signing = r.Signer("defms/1 epoch 1 signing")));
        yield return ("a profile signed by the root key", Build(seed, r => r.Signing = r.Root));
        yield return ("a certificate signed by the epoch's own key", Build(seed, r => r.Root = r.Signing));
        yield return ("a profile signed under the certificate's label", Build(seed, r => r.ProfileLabel = "defms/1 certificate"));
        yield return ("a certificate signed under the profile's label", Build(seed, r => r.CertificateLabel = "defms/1 profile"));
        yield return ("an identity of small order, for which the bare equation holds", Build(seed, r =>
        {
            r.CertificateFields["identity"] = RawCbor.Bytes([1, .. new byte[31]]);
            r.BendCertificateSignature = _ => [1, .. new byte[63]];
        }));
        yield return ("a sealing key of small order", Build(seed, r => r.CertificateFields["sealing"] = RawCbor.Bytes(PointOfSmallOrder)));
        yield return ("a sealing key of zeros", Build(seed, r => r.CertificateFields["sealing"] = RawCbor.Bytes(new byte[32])));
        yield return ("the profile of epoch 0 with the certificate of epoch 1", Build(seed, r => r.CardFields["certificate"] = new CardRecipe(seed, 1).Certificate()));
    }

    private static IEnumerable<(string Why, byte[] Bytes)> Frames(byte[] seed)
    {
        yield return ("another kind", Build(seed, r => r.CardFields["kind"] = RawCbor.Text("defms/genesis")));
        yield return ("version 2", Build(seed, r => r.CardFields["v"] = RawCbor.Int(2)));
        yield return ("version 0", Build(seed, r => r.CardFields["v"] = RawCbor.Int(0)));
        yield return ("a version that is text", Build(seed, r => r.CardFields["v"] = RawCbor.Text("1")));
        yield return ("no version", Build(seed, r => r.CardFields.Remove("v")));
        yield return ("no kind", Build(seed, r => r.CardFields.Remove("kind")));
        yield return ("an unknown field in the card", Build(seed, r => r.CardFields["note"] = RawCbor.Text("x")));
        yield return ("an unknown field at the card's end", Build(seed, r => r.CardFields["zzzzzzzzzzzz"] = RawCbor.Int(0)));
        yield return ("an unknown field in the profile, signed", Build(seed, r => r.ProfileFields["note"] = RawCbor.Text("x")));
        yield return ("an unknown field beside the profile's signature, not signed", Build(seed, r => r.ProfileExtras["zzzzzzzzzz"] = RawCbor.Int(0)));
        yield return ("an unknown field in the certificate, signed", Build(seed, r => r.CertificateFields["until"] = RawCbor.Int(0)));
        yield return ("an unknown field beside the certificate's signature, not signed", Build(seed, r => r.CertificateExtras["zzzzzzzzzz"] = RawCbor.Int(0)));
        yield return ("a profile of null", Build(seed, r => r.CardFields["profile"] = RawCbor.Null));
        yield return ("a certificate of null", Build(seed, r => r.CardFields["certificate"] = RawCbor.Null));
        yield return ("an empty profile", Build(seed, r => r.CardFields["profile"] = RawCbor.Map()));
        yield return ("an array", RawCbor.Array(new CardRecipe(seed).Build()));
        yield return ("nothing", []);
        yield return ("no certificate", Build(seed, r => r.Omitted.Add("certificate")));
        yield return ("more than 2048 bytes", Build(seed, r => r.ProfileFields["addresses"] =
            RawCbor.Array([.. Enumerable.Range(0, 16).Select(i => RawCbor.Text($"{i:d2}@{Domain(100)}"))])));
    }

    private static IEnumerable<(string Why, byte[] Bytes)> Numbers(byte[] seed)
    {
        yield return ("a seq above 2^31 - 1", Build(seed, r => r.ProfileFields["seq"] = RawCbor.Int(1L << 31)));
        yield return ("a negative seq", Build(seed, r => r.ProfileFields["seq"] = RawCbor.Int(-1)));
        yield return ("a seq that is a float", Build(seed, r => r.ProfileFields["seq"] = [0xfb, .. new byte[8]]));
        yield return ("no seq", Build(seed, r => r.ProfileFields.Remove("seq")));
        yield return ("no time", Build(seed, r => r.ProfileFields.Remove("issued")));
        yield return ("a time before 1970", Build(seed, r => r.ProfileFields["issued"] = RawCbor.Int(-1)));
        yield return ("a time after 9999", Build(seed, r => r.ProfileFields["issued"] = RawCbor.Int(253_402_300_800_000)));
        yield return ("a time beyond 64 bits", Build(seed, r => r.ProfileFields["issued"] = RawCbor.Head(0, ulong.MaxValue)));
        yield return ("epoch 1001", new CardRecipe(seed, Certificate.MaxEpoch + 1).Build());
        yield return ("a negative epoch", new CardRecipe(seed, -1).Build());
        yield return ("a signing key of 31 bytes", Build(seed, r => r.CertificateFields["signing"] = RawCbor.Bytes(new byte[31])));
        yield return ("an identity of 33 bytes", Build(seed, r => r.CertificateFields["identity"] = RawCbor.Bytes(new byte[33])));
    }

    private static IEnumerable<(string Why, byte[] Bytes)> Names(byte[] seed)
    {
        yield return ("a name of null", Named(seed, RawCbor.Null));
        yield return ("an empty name", Named(seed, RawCbor.Text("")));
        yield return ("a name that is bytes", Named(seed, RawCbor.Bytes("Alice"u8)));
        yield return ("a name that is no UTF-8", Named(seed, RawCbor.Text([0x41, 0xff])));
        yield return ("a name with half a surrogate pair", Named(seed, RawCbor.Text([0xed, 0xa0, 0x80])));
        yield return ("a name of 129 bytes", Named(seed, RawCbor.Text(new string('a', 129))));
        yield return ("a name that begins with a space", Named(seed, RawCbor.Text(" Alice")));
        yield return ("a name that ends with a space", Named(seed, RawCbor.Text("Alice ")));
    }

    private static IEnumerable<(string Why, byte[] Bytes)> Texts(byte[] seed, string[] hidden, string[] addresses, string[] multiaddresses, string[] urls) =>
    [
        .. hidden.Select(text => ($"a name with {Escaped(text)}", Named(seed, RawCbor.Text($"Al{text}ice")))),
        .. addresses.Select(text => ($"the address '{Escaped(text)}'", Listed(seed, "addresses", RawCbor.Text(text)))),
        .. multiaddresses.Select(text => ($"the IPFS address '{Escaped(text)}'", Listed(seed, "ipfs", RawCbor.Text(text)))),
        .. urls.Select(text => ($"the endpoint '{Escaped(text)}'", Listed(seed, "endpoints", CardRecipe.Endpoint(text)))),
    ];

    private static IEnumerable<(string Why, byte[] Bytes)> Lists(byte[] seed)
    {
        foreach (string list in new[] { "addresses", "endpoints", "ipfs" })
        {
            yield return ($"an empty list of {list}", Build(seed, r => r.ProfileFields[list] = RawCbor.Array()));
            yield return ($"null for {list}", Build(seed, r => r.ProfileFields[list] = RawCbor.Null));
            yield return ($"null among {list}", Build(seed, r => r.ProfileFields[list] = RawCbor.Array(RawCbor.Null)));
        }
        yield return ("17 addresses", Repeated(seed, "addresses", 17, i => RawCbor.Text($"a{i}@example.org")));
        yield return ("9 endpoints", Repeated(seed, "endpoints", 9, i => CardRecipe.Endpoint($"https://h{i}.example")));
        yield return ("9 IPFS addresses", Repeated(seed, "ipfs", 9, i => RawCbor.Text($"/ip4/192.0.2.{i}/tcp/4001")));
        yield return ("an endpoint without identity", Listed(seed, "endpoints", RawCbor.Map(("url", RawCbor.Text("https://h.example")))));
        yield return ("an endpoint with an unknown field", Listed(seed, "endpoints",
            RawCbor.Map(("url", RawCbor.Text("https://h.example")), ("note", RawCbor.Int(1)), ("identity", RawCbor.Bytes(new byte[32])))));
    }

    private static IEnumerable<(string Why, byte[] Bytes)> Encodings(byte[] seed)
    {
        byte[] card = new CardRecipe(seed).Build();
        yield return ("a byte behind the end", [.. card, 0]);
        yield return ("the last byte missing", card[..^1]);
        yield return ("a map of indefinite length", [0xbf, .. card[1..], 0xff]);
        yield return ("a map head longer than needed", [0xb8, 4, .. card[1..]]);
        yield return ("a number longer than needed", [.. card[..3], 0x18, 1, .. card[4..]]);
        yield return ("a key's length longer than needed", [card[0], 0x78, 1, .. card[2..]]);
        yield return ("the first field twice", [0xa5, .. card[1..4], .. card[1..]]);
        yield return ("kind in front of v", [card[0], .. card[4..20], .. card[1..4], .. card[20..]]);
        yield return ("a tag around the card", [0xd9, 0xd9, 0xf7, .. card]);
    }

    private static string Escaped(string text) => string.Concat(text.EnumerateRunes().Select(rune =>
        rune.Value is >= 0x20 and < 0x7f ? rune.ToString() : $"U+{rune.Value:X4}"));

    private static string Domain(int length) => string.Concat(Enumerable.Repeat("abcdefghi.", length / 10)) + "example";

    private static byte[] Named(byte[] seed, byte[] name) => Build(seed, r => r.ProfileFields["name"] = name);

    private static byte[] Listed(byte[] seed, string list, byte[] item) => Build(seed, r => r.ProfileFields[list] = RawCbor.Array(item));

    private static byte[] Repeated(byte[] seed, string list, int count, Func<int, byte[]> item) =>
        Build(seed, r => r.ProfileFields[list] = RawCbor.Array([.. Enumerable.Range(0, count).Select(item)]));

    private static byte[] Build(byte[] seed, Action<CardRecipe> change)
    {
        CardRecipe recipe = new(seed);
        change(recipe);
        return recipe.Build();
    }

    private static byte[] FlipBit(byte[] signature)
    {
        signature[0] ^= 1;
        return signature;
    }

    private static byte[] AddOrder(byte[] signature)
    {
        BigInteger s = new(signature.AsSpan(32), isUnsigned: true);
        byte[] sum = (s + Order).ToByteArray(isUnsigned: true);
        sum.CopyTo(signature, 32);
        return signature;
    }
}
