using Defms.Core.Codecs;
using Defms.Core.Sealing;

namespace Defms.Core.Identities;

/// <summary>
/// Who somebody is: the public half of a root key (Ed25519), written <c>did:key:z6Mk…</c> (W3C did:key method). It never changes;
/// the keys that sign and seal from day to day are certified by it, epoch by epoch.
/// </summary>
public readonly struct Did : IEquatable<Did>, IComparable<Did>
{
    public const int Length = VerifyingKey.Length;

    // The last letter says base58, as did:key writes every key; multibase has others.
    private const string Prefix = "did:key:z";

    // Behind the prefix stand 47 characters: whatever else is not decoded.
    private const int TextLength = 56;

    // Multicodec ed25519-pub (0xed) as a varint, in front of the key.
    private static readonly byte[] KeyCode = [0xed, 0x01];

    private readonly byte[]? bytes;

    private Did(byte[] bytes) => this.bytes = bytes;

    /// <summary>The 32 public bytes; empty for the default value, which is nobody.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    public bool IsDefault => bytes is null;

    /// <exception cref="ArgumentException">There are not 32 bytes.</exception>
    public static Did From(ReadOnlySpan<byte> publicKey) =>
        publicKey.Length == Length ? new Did(publicKey.ToArray()) : throw new ArgumentException("An identity has 32 bytes.", nameof(publicKey));

    /// <summary>Parses the one text form; anything else, also other multibases and other kinds of key, is refused.</summary>
    public static bool TryParse(string text, out Did did)
    {
        did = default;
        if (text.Length != TextLength || !text.StartsWith(Prefix) || !Multibase.TryDecode(text.AsSpan(Prefix.Length - 1), out byte[] decoded)
            || decoded.Length != KeyCode.Length + Length || !decoded.AsSpan().StartsWith(KeyCode))
            return false;
        did = new Did(decoded[KeyCode.Length..]);
        return true;
    }

    public static Did Read(ref DagCborReader reader) => new(reader.ReadExactly(Length));

    public bool Equals(Did other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is Did other && Equals(other);

    public override int GetHashCode() => bytes is null ? 0 : BitConverter.ToInt32(bytes);

    public int CompareTo(Did other) => Bytes.SequenceCompareTo(other.Bytes);

    public static bool operator ==(Did left, Did right) => left.Equals(right);

    public static bool operator !=(Did left, Did right) => !left.Equals(right);

    public override string ToString() => bytes is null ? "" : Prefix + Multibase.Base58([.. KeyCode, .. bytes])[1..];
}
