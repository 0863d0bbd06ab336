using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Sealing;

namespace Defms.Core.Tests.Threads;

/// <summary>
/// What a party who breaks the rules can do: it has the key of the thread, seals whatever it likes and signs with any key it has. The
/// objects are put together by hand from docs/formats.
/// </summary>
internal sealed class Forger
{
    private readonly byte[] key;
    private readonly byte[] salt;
    private readonly Cid thread;

    public Forger(Thread thread)
        : this(thread.Key, CborValue.Parse(thread.Genesis.Block.Span)["salt"].Content) => this.thread = thread.Id;

    public Forger(ReadOnlySpan<byte> key, byte[] salt)
    {
        this.key = key.ToArray();
        this.salt = salt;
        using var threadKey = new ThreadKey(key);
        Cipher = threadKey.WithSalt(salt);
    }

    public ThreadCipher Cipher { get; }

    /// <summary>The record inside a message of the thread.</summary>
    public CborValue Record(Block message) => Open("defms/message", message);

    /// <summary>What is sealed inside an object.</summary>
    public CborValue Open(string kind, Block block)
    {
        Assert.True(Cipher.TryOpen(kind, CborValue.Parse(block.Span)["sealed"].Content, out byte[] plaintext));
        return CborValue.Parse(plaintext);
    }

    /// <summary>The record with the signature of <paramref name="signer"/> over what it now says.</summary>
    public CborValue Sign(CborValue record, IEnumerable<Cid> body, Identity signer, Cid? genesis = null, string label = "defms/1 message")
    {
        record.Without("signature");
        CborValue statement = CborValue.List(
            CborValue.Text(label), CborValue.Link(genesis ?? thread), record, CborValue.List(body.Select(CborValue.Link)));
        return record.With("signature", CborValue.Bytes(signer.Sign(statement.Encode())));
    }

    /// <summary>A message block around any plaintext.</summary>
    public Block Message(byte[] plaintext, params IEnumerable<Cid> body) => Node(Cipher.Seal("defms/message", plaintext), body).ToBlock();

    public Block Message(CborValue record, params IEnumerable<Cid> body) => Message(record.Encode(), body);

    public CborValue Node(byte[] sealing, params IEnumerable<Cid> body) => CborValue.Map(
        ("v", CborValue.Int(1)),
        ("kind", CborValue.Text("defms/message")),
        ("genesis", CborValue.Link(thread)),
        ("sealed", CborValue.Bytes(sealing)),
        ("body", CborValue.List(body.Select(CborValue.Link))));

    /// <summary>The genesis fields signed by hand and sealed.</summary>
    public Block Genesis(CborValue record, Identity signer, bool isPublic = false, byte[]? shownKey = null)
    {
        record.Without("signature");
        CborValue statement = CborValue.List(
            CborValue.Text(isPublic ? "defms/1 public genesis" : "defms/1 genesis"), CborValue.Bytes(salt), CborValue.Bytes(Cipher.Check), record);
        record["signature"] = CborValue.Bytes(signer.Sign(statement.Encode()));
        CborValue genesis = CborValue.Map(
            ("v", CborValue.Int(1)),
            ("kind", CborValue.Text("defms/genesis")),
            ("salt", CborValue.Bytes(salt)),
            ("check", CborValue.Bytes(Cipher.Check)),
            ("sealed", CborValue.Bytes(Cipher.Seal("defms/genesis", record.Encode()))));
        return (shownKey is null ? genesis : genesis.With("key", CborValue.Bytes(shownKey))).ToBlock();
    }

    /// <summary>
    /// Seals with any nonce and any padding: what the key allows and the format forbids. <paramref name="padded"/> is varint, plaintext
    /// and padding. Without a nonce it is the rightly computed one.
    /// </summary>
    public byte[] SealLoosely(string kind, byte[] padded, byte[]? nonce = null)
    {
        byte[] sealKey = new byte[Aead.KeyLength];
        byte[] nonceKey = new byte[KeyedBlake2b.KeyLength];
        KeyDerivation.Derive(key, salt, "defms/1 seal", sealKey);
        KeyDerivation.Derive(key, salt, "defms/1 nonce", nonceKey);
        byte[] associated = CborValue.List(CborValue.Text(kind), CborValue.Bytes(salt)).Encode();
        byte[] own = new byte[Sealed.NonceLength];
        KeyedBlake2b.Hash(nonceKey, [.. BitConverter.GetBytes((long)associated.Length), .. associated], padded, own);
        byte[] ciphertext = new byte[padded.Length + Aead.TagLength];
        Aead.Encrypt(sealKey, nonce ?? own, padded, associated, ciphertext);
        return [.. nonce ?? own, .. ciphertext];
    }

    /// <summary>A record for these octets as its author would write it, signature left out.</summary>
    public static CborValue Inline(Identity author, byte[] octets) => CborValue.Map(
        ("hash", CborValue.Bytes(SHA256.HashData(octets))),
        ("size", CborValue.Int(octets.Length)),
        ("time", CborValue.Int(People.Issued)),
        ("author", CborValue.Bytes(author.Did.Bytes)),
        ("octets", CborValue.Bytes(octets)));

    /// <summary>A record for octets in chunks of these lengths.</summary>
    public static CborValue Chunked(Identity author, byte[] octets, params IEnumerable<int> lengths) => CborValue.Map(
        ("hash", CborValue.Bytes(SHA256.HashData(octets))),
        ("size", CborValue.Int(octets.Length)),
        ("author", CborValue.Bytes(author.Did.Bytes)),
        ("chunks", CborValue.List(lengths.Select(length => CborValue.Int(length)))));

    /// <summary>The chunks of these octets, sealed as they must be.</summary>
    public List<Block> Chunks(byte[] octets, params IEnumerable<int> lengths)
    {
        var chunks = new List<Block>();
        int at = 0;
        foreach (int length in lengths)
        {
            chunks.Add(Block.Create(Cid.Raw, Cipher.Seal("defms/body", octets.AsSpan(at, length))));
            at += length;
        }
        return chunks;
    }
}
