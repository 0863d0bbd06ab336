using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Defms.Core.Codecs;
using Defms.Core.Sealing;

namespace Defms.Core.Identities;

/// <summary>
/// What a new machine shows so that the person's old one can seal the identity to it (docs/formats/pairing.md): a one-time public key. Whoever
/// reads it learns nothing; whoever could put another in its place would get the identity, which is why both machines show
/// <see cref="CheckCode"/>.
/// </summary>
public sealed class PairingRequest
{
    public const int DeviceLength = 16;
    public const int MaxNameLength = 60;

    /// <summary>A request is answered within this time.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private const string TextPrefix = "defms-pair:";
    private const int MaxTextLength = 1024;
    private const int CheckBytes = 8;

    private readonly byte[] key;

    private PairingRequest(byte[] key, byte[] device, string name, long time, byte[] encoded)
    {
        this.key = key;
        Device = device;
        Name = name;
        Time = time;
        Digest = SHA256.HashData(encoded);
        Text = (TextPrefix + Multibase.Base32(encoded)[1..]).ToUpperInvariant();
    }

    /// <summary>The one-time X25519 public key.</summary>
    public ReadOnlySpan<byte> Key => key;

    /// <summary>The new machine, 16 random bytes of its store to be.</summary>
    public byte[] Device { get; }

    /// <summary>What the person calls the new machine.</summary>
    public string Name { get; }

    /// <summary>When it was made, Unix milliseconds by the new machine's clock.</summary>
    public long Time { get; }

    /// <summary>SHA-256 of the request: what its answer is asked for by.</summary>
    public byte[] Digest { get; }

    /// <summary>To be read by the other machine; upper case, which a QR code packs tightest.</summary>
    public string Text { get; }

    /// <summary>
    /// Twelve letters and digits that both machines show: 60 bits of the digest, so that nobody finds another key with the same within the
    /// ten minutes that a request lives.
    /// </summary>
    public string CheckCode => string.Join('-', SimpleBase.Base32.Crockford.Encode(Digest.AsSpan(0, CheckBytes))[..12].Chunk(4).Select(group => new string(group)));

    /// <param name="name">Of the new machine; one that could not be shown is left out.</param>
    public static PairingRequest Create(ReadOnlySpan<byte> key, byte[] device, string name, long time)
    {
        string shown = ShownText.IsName(name, MaxNameLength) ? name : "machine";
        byte[] encoded = new DagCborWriter().Map(6)
            .Key("v"u8).Int(1)
            .Key("key"u8).Bytes(key)
            .Key("kind"u8).Text("defms/pairing"u8)
            .Key("name"u8).Text(shown)
            .Key("time"u8).Int(time)
            .Key("device"u8).Bytes(device)
            .ToArray();
        return new PairingRequest(key.ToArray(), device, shown, time, encoded);
    }

    /// <summary>Reads the text in either case, with white space anywhere; <paramref name="error"/> is words that follow "the request".</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PairingRequest? request, [NotNullWhen(false)] out string? error)
    {
        request = null;
        error = $"is none: it begins with {TextPrefix}";
        string compact = string.Concat(text.Where(c => !char.IsWhiteSpace(c)).Take(MaxTextLength + 1)).ToLowerInvariant();
        if (!compact.StartsWith(TextPrefix) || compact.Length > MaxTextLength)
            return false;
        error = "was cut short or mistyped";
        if (!Multibase.TryDecode("b" + compact[TextPrefix.Length..], out byte[] encoded))
            return false;
        var reader = new DagCborReader(encoded);
        int fields = reader.ReadMap();
        reader.Key("v"u8, ref fields);
        reader.Expect(1);
        reader.Key("key"u8, ref fields);
        byte[] key = reader.ReadExactly(SealingKeyPair.PublicKeyLength);
        reader.Key("kind"u8, ref fields);
        reader.Expect("defms/pairing"u8);
        reader.Key("name"u8, ref fields);
        string name = reader.ReadText(MaxNameLength);
        reader.Key("time"u8, ref fields);
        long time = reader.ReadInt64();
        reader.Key("device"u8, ref fields);
        byte[] device = reader.ReadExactly(DeviceLength);
        reader.EndMap(fields);
        if (!reader.End() || time < 0 || !SealingKeyPair.IsPublicKey(key) || !ShownText.IsName(name, MaxNameLength))
            return false;
        request = new PairingRequest(key, device, name, time, encoded);
        error = null;
        return true;
    }
}
