using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Defms.Core.Sealing;

/// <summary>
/// Seals and opens under one thread's key and salt. There is one way to seal a plaintext, and readers refuse every other: so one
/// record has one CID, and without the key nobody can confirm a guess from a CID. The format is docs/formats/sealing.md.
/// Safe for use from several threads, but for <see cref="Dispose"/>.
/// </summary>
public sealed class ThreadCipher : IDisposable
{
    public const int CheckLength = 32;

    /// <summary>Kinds are our own short constants such as "defms/message"; the bound keeps the associated data on the stack.</summary>
    public const int MaxKindLength = 64;

    // In front of the salt: 8 bytes of length for the nonce, head of an array of two, head of the kind, the kind, head of the salt.
    private const int MaxContextLength = 8 + 1 + 2 + MaxKindLength + 2 + ThreadKey.SaltLength;
    private const int LengthPrefix = 8;

    private static readonly byte[] CheckLabel = KeyDerivation.Ascii("defms/1 check");
    private static readonly byte[] NonceLabel = KeyDerivation.Ascii("defms/1 nonce");
    private static readonly byte[] SealLabel = KeyDerivation.Ascii("defms/1 seal");

    private readonly byte[] salt;
    private readonly byte[] check = new byte[CheckLength];
    private readonly SecretBytes nonceKey = new(KeyedBlake2b.KeyLength);
    private readonly SecretBytes sealKey = new(Aead.KeyLength);

    internal ThreadCipher(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt)
    {
        Expect.Length(salt, ThreadKey.SaltLength);
        this.salt = salt.ToArray();
        Span<byte> extracted = stackalloc byte[SHA256.HashSizeInBytes];
        HKDF.Extract(HashAlgorithmName.SHA256, key, salt, extracted);
        HKDF.Expand(HashAlgorithmName.SHA256, extracted, check, CheckLabel);
        HKDF.Expand(HashAlgorithmName.SHA256, extracted, nonceKey.Span, NonceLabel);
        HKDF.Expand(HashAlgorithmName.SHA256, extracted, sealKey.Span, SealLabel);
        CryptographicOperations.ZeroMemory(extracted);
    }

    /// <summary>The 32 bytes in clear.</summary>
    public ReadOnlySpan<byte> Salt => salt;

    /// <summary>The 32 bytes that commit a genesis or parcel to its key.</summary>
    public ReadOnlySpan<byte> Check => check;

    /// <summary>Whether a genesis or parcel with this <paramref name="check"/> is committed to this key; any length may be asked.</summary>
    public bool Matches(ReadOnlySpan<byte> check) => CryptographicOperations.FixedTimeEquals(this.check, check);

    /// <summary>The sealing of <paramref name="plaintext"/>; same kind and plaintext, same bytes.</summary>
    /// <exception cref="ArgumentException">The kind is not 1 to 64 ASCII characters, or the plaintext is longer than <see cref="Sealed.MaxPlaintextLength"/>.</exception>
    public byte[] Seal(string kind, ReadOnlySpan<byte> plaintext)
    {
        byte[] sealing = GC.AllocateUninitializedArray<byte>(Sealed.LengthOf(plaintext.Length));
        Seal(kind, plaintext, sealing);
        return sealing;
    }

    /// <summary>As above, into exactly <see cref="Sealed.LengthOf"/> bytes of the caller's; they must not overlap the plaintext.</summary>
    [SkipLocalsInit]
    public void Seal(string kind, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        Expect.Length(destination, Sealed.LengthOf(plaintext.Length));
        Span<byte> room = stackalloc byte[MaxContextLength];
        ReadOnlySpan<byte> context = WriteContext(kind, room);
        Span<byte> nonce = destination[..Sealed.NonceLength];
        Span<byte> padded = destination[Sealed.NonceLength..^Aead.TagLength];
        Pad(plaintext, padded);
        KeyedBlake2b.Hash(nonceKey.Span, context, padded, nonce);
        Aead.Encrypt(sealKey.Span, nonce, padded, context[LengthPrefix..], destination[Sealed.NonceLength..]);
    }

    /// <summary>
    /// Opens what <see cref="Seal(string, ReadOnlySpan{byte})"/> makes under this key, salt and kind, and nothing else: not an
    /// altered byte, not another nonce, not another length of padding. Strangers' bytes never throw.
    /// </summary>
    /// <exception cref="ArgumentException">The kind (our own word) is not 1 to 64 ASCII characters.</exception>
    [SkipLocalsInit]
    public bool TryOpen(string kind, ReadOnlySpan<byte> sealing, out byte[] plaintext)
    {
        plaintext = [];
        if (sealing.Length is < Sealed.MinLength or > Sealed.MaxLength)
            return false;
        Span<byte> room = stackalloc byte[MaxContextLength];
        ReadOnlySpan<byte> context = WriteContext(kind, room);
        byte[] rented = ArrayPool<byte>.Shared.Rent(sealing.Length - Sealed.Overhead);
        Span<byte> padded = rented.AsSpan(0, sealing.Length - Sealed.Overhead);
        try
        {
            ReadOnlySpan<byte> nonce = sealing[..Sealed.NonceLength];
            if (!Aead.TryDecrypt(sealKey.Span, nonce, sealing[Sealed.NonceLength..], context[LengthPrefix..], padded)
                || !IsOwnNonce(nonce, context, padded)
                || !TryUnpad(padded, out ReadOnlySpan<byte> content))
                return false;
            plaintext = content.ToArray();
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(padded);
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public void Dispose()
    {
        nonceKey.Dispose();
        sealKey.Dispose();
    }

    private bool IsOwnNonce(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> context, ReadOnlySpan<byte> padded)
    {
        Span<byte> expected = stackalloc byte[Sealed.NonceLength];
        KeyedBlake2b.Hash(nonceKey.Span, context, padded, expected);
        return nonce.SequenceEqual(expected);
    }

    /// <summary>Eight bytes of length, then the associated data: the DAG-CBOR of [kind, salt].</summary>
    private ReadOnlySpan<byte> WriteContext(string kind, Span<byte> room)
    {
        if (kind.Length is 0 or > MaxKindLength || !Ascii.IsValid(kind))
            throw new ArgumentException($"A kind is 1 to {MaxKindLength} ASCII characters.", nameof(kind));
        int end = LengthPrefix;
        room[end++] = 0x82;
        if (kind.Length > 23)
            room[end++] = 0x78;
        room[end++] = (byte)(kind.Length > 23 ? kind.Length : 0x60 + kind.Length);
        end += Encoding.ASCII.GetBytes(kind, room[end..]);
        room[end++] = 0x58;
        room[end++] = ThreadKey.SaltLength;
        salt.CopyTo(room[end..]);
        end += ThreadKey.SaltLength;
        BinaryPrimitives.WriteUInt64LittleEndian(room, (ulong)(end - LengthPrefix));
        return room[..end];
    }

    private static void Pad(ReadOnlySpan<byte> plaintext, Span<byte> padded)
    {
        int prefix = Sealed.PrefixLength(plaintext.Length);
        for (int i = 0; i < prefix; i++)
            padded[i] = (byte)((plaintext.Length >> (7 * i) & 0x7f) | (i < prefix - 1 ? 0x80 : 0));
        plaintext.CopyTo(padded[prefix..]);
        padded[(prefix + plaintext.Length)..].Clear();
    }

    /// <summary>The plaintext, where length prefix and padding are the very ones that <see cref="Pad"/> writes.</summary>
    private static bool TryUnpad(ReadOnlySpan<byte> padded, out ReadOnlySpan<byte> plaintext)
    {
        plaintext = default;
        int length = 0;
        int prefix = 0;
        byte next;
        do
        {
            if (prefix == 3 || prefix == padded.Length)
                return false;
            next = padded[prefix];
            length |= (next & 0x7f) << (7 * prefix++);
        }
        while (next >= 0x80);
        // Padmé never shortens: what has the right padded length holds the whole plaintext.
        if (prefix != Sealed.PrefixLength(length) || padded.Length != Sealed.Padme(prefix + length))
            return false;
        plaintext = padded.Slice(prefix, length);
        return padded[(prefix + length)..].IndexOfAnyExcept((byte)0) < 0;
    }
}
