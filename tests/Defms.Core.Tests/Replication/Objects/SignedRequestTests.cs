using System.Buffers.Text;
using System.Security.Cryptography;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Threads;

namespace Defms.Core.Tests.Replication.Objects;

public sealed class SignedRequestTests
{
    private const string Path = "/defms/v1/sync";
    private static readonly byte[] Body = "the body"u8.ToArray();
    private static readonly string Header = SignedRequest.Sign(People.Alice, People.Bob.Did, "POST", Path, Body, People.Issued, new SeededRandomSource(1));

    [Fact]
    public void A_request_verifies_and_says_who_asks_whom_when()
    {
        Assert.True(SignedRequest.TryVerify(Header, "POST", Path, Body, out SignedRequest? request, out string? error), error);
        Assert.Equal((People.Alice.Certificate, People.Bob.Did, People.Issued), (request.From, request.To, request.Time));
        Assert.Equal(new SeededRandomSource(1).Bytes(16), request.Nonce);
        Assert.InRange(Header.Length, 450, 510);
    }

    [Fact]
    public void Every_part_of_the_request_is_bound()
    {
        Refuses(Header, "GET", Path, Body);
        Refuses(Header, "post", Path, Body);
        Refuses(Header, "POST", "/defms/v1/blocks", Body);
        Refuses(Header, "POST", Path + "/", Body);
        Refuses(Header, "POST", Path, []);
        Refuses(Header, "POST", Path, [.. Body, 0]);

        CborValue whole = Fields();
        Refuses(Encode(whole.Copy().With("to", CborValue.Bytes(People.Carol.Did.Bytes))));
        Refuses(Encode(whole.Copy().With("time", CborValue.Int(People.Issued + 1))));
        Refuses(Encode(whole.Copy().With("nonce", CborValue.Bytes(new byte[16]))));
        Refuses(Encode(whole.Copy().With("signature", CborValue.Bytes(new byte[64]))));
        Refuses(Encode(whole.Copy().With("certificate", AnnouncementTests.Certificate(People.Mallory))));
        using Identity later = People.Person(0xa1, epoch: 1);
        Refuses(Encode(whole.Copy().With("certificate", AnnouncementTests.Certificate(later))));
    }

    [Fact]
    public void The_statement_is_the_one_of_the_documentation()
    {
        CborValue whole = Fields();
        byte[] statement = CborValue.List(
            CborValue.Text("defms/1 request"), CborValue.Text("POST"), CborValue.Text(Path), CborValue.Bytes(SHA256.HashData(Body)),
            CborValue.Bytes(People.Bob.Did.Bytes), CborValue.Bytes(People.Alice.Did.Bytes), whole["time"], whole["nonce"]).Encode();
        Assert.Equal(whole["signature"].Content, People.Alice.Sign(statement));
    }

    [Fact]
    public void The_field_has_exactly_the_fields_of_the_schema()
    {
        CborValue whole = Fields();
        Assert.Equal(Header, Encode(whole));
        foreach (string key in whole.Keys)
        {
            Refuses(Encode(whole.Copy().Without(key)));
            Refuses(Encode(whole.Copy().With(key, CborValue.Null)));
        }
        Refuses(Encode(whole.Copy().With("note", CborValue.Int(1))));
        Refuses(Encode(whole.Copy().Reverse()));
        Refuses(Base64Url.EncodeToString([.. whole.Encode(), 0]));
        Refuses(Base64Url.EncodeToString(whole.Encode().AsSpan()[..^1]));
    }

    [Fact]
    public void One_request_has_one_text()
    {
        Refuses(Header + "=");
        Refuses(Header + " ");
        Refuses(Header + "\n");
        Refuses(" " + Header);
        Refuses(Header.Insert(9, "\r\n"));
        Refuses(Header.Replace('-', '+').Replace('_', '/') + "+");
        Refuses(Header + "A");
        Refuses(null);
        Refuses("");
        Refuses("=");
        Refuses("not base64!");
        Refuses("äöü");
    }

    [Fact]
    public void The_last_character_holds_no_bits_of_its_own()
    {
        // A nonce makes no difference to the length, so pad the statement by the time: shorter numbers are shorter texts.
        bool seen = false;
        foreach (long time in new[] { 1L, 100, 1_000, 100_000, People.Issued })
        {
            string header = SignedRequest.Sign(People.Alice, People.Bob.Did, "POST", Path, Body, time, new SeededRandomSource(1));
            if (header.Length % 4 == 0)
                continue;
            seen = true;
            const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            Refuses(header[..^1] + Alphabet[Alphabet.IndexOf(header[^1], StringComparison.Ordinal) + 1]);
        }
        Assert.True(seen);
    }

    [Fact]
    public void A_field_that_is_too_long_is_not_looked_at()
    {
        Refuses(new string('A', 1025));
        Refuses(Header + new string('A', 100_000));
    }

    [Fact]
    public void Every_changed_character_is_refused()
    {
        for (int i = 0; i < Header.Length; i++)
        {
            char[] changed = Header.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            Refuses(new string(changed));
            Refuses(Header[..i]);
        }
    }

    [Fact]
    public void A_time_that_no_reader_takes_is_not_signed() => Assert.Throws<ArgumentOutOfRangeException>(
        () => SignedRequest.Sign(People.Alice, People.Bob.Did, "POST", Path, Body, -1, new SeededRandomSource(1)));

    private static CborValue Fields() => CborValue.Parse(Base64Url.DecodeFromChars(Header));

    private static string Encode(CborValue fields) => Base64Url.EncodeToString(fields.Encode());

    private static void Refuses(string? header) => Refuses(header, "POST", Path, Body);

    private static void Refuses(string? header, string method, string path, byte[] body)
    {
        Assert.False(SignedRequest.TryVerify(header, method, path, body, out SignedRequest? request, out string? error), header);
        Assert.Null(request);
        Assert.NotEmpty(error);
    }
}
