using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Defms.Core.Codecs;
using Defms.Core.Sealing;

namespace Defms.Core.Identities;

/// <summary>
/// The identity on its way from one machine of a person to a new one: a box to the one-time key of a <see cref="PairingRequest"/> with
/// the current epoch's secrets, the earlier epochs' for opening, the person's card, and the machine that made it (docs/formats/pairing.md).
/// </summary>
public sealed class PairingAnswer
{
    /// <summary>The secrets of a thousand epochs and a card.</summary>
    public const int MaxLength = IdentityVault.MaxFileLength;

    private const string TextPrefix = "defms-paired:";

    private PairingAnswer(byte[] box) => Box = box;

    /// <summary>What is handed over; only the new machine opens it.</summary>
    public byte[] Box { get; }

    /// <summary>As text, where it is short enough for one: an identity of some twenty epochs is.</summary>
    public string? Text => Multibase.Base32(Box) is { Length: <= Multibase.MaxTextLength } text ? TextPrefix + text[1..] : null;

    /// <summary>Seals the identity to the machine that made the request.</summary>
    /// <param name="card">The person's current card, of these very keys.</param>
    /// <param name="device">This machine.</param>
    public static PairingAnswer Seal(PairingRequest request, Identity self, Card card, ReadOnlySpan<byte> device)
    {
        byte[] secrets = self.Export();
        var writer = new DagCborWriter(secrets.Length + Card.MaxLength + 256);
        writer.Map(4).Key("card"u8);
        card.Write(writer);
        writer.Key("device"u8).Bytes(device).Key("request"u8).Bytes(request.Digest).Key("secrets"u8).Bytes(secrets);
        byte[] box = SealingKeyPair.Seal(request.Key, writer.Written);
        CryptographicOperations.ZeroMemory(secrets);
        CryptographicOperations.ZeroMemory(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(writer.Written), writer.Written.Length));
        return new PairingAnswer(box);
    }

    /// <summary>Reads the text, with white space anywhere; null when it is none.</summary>
    public static PairingAnswer? Parse(string text)
    {
        string compact = string.Concat(text.Where(c => !char.IsWhiteSpace(c))).ToLowerInvariant();
        return compact.StartsWith(TextPrefix) && compact.Length <= TextPrefix.Length + Multibase.MaxTextLength
            && Multibase.TryDecode("b" + compact[TextPrefix.Length..], out byte[] box)
            ? new PairingAnswer(box)
            : null;
    }

    public static PairingAnswer Of(byte[] box) => new(box);

    /// <summary>Opens it with the one-time key. False unless it answers this request and holds an identity with its card.</summary>
    /// <param name="device">The machine that made it.</param>
    public bool TryOpen(
        PairingRequest request, SealingKeyPair oneTime, [NotNullWhen(true)] out Identity? identity, [NotNullWhen(true)] out Card? card, out byte[] device)
    {
        (identity, card, device) = (null, null, []);
        if (!oneTime.TryOpen(Box, out byte[] opened))
            return false;
        var reader = new DagCborReader(opened);
        int fields = reader.ReadMap();
        reader.Key("card"u8, ref fields);
        Card? found = Card.Read(ref reader);
        reader.Key("device"u8, ref fields);
        device = reader.ReadExactly(PairingRequest.DeviceLength);
        reader.Key("request"u8, ref fields);
        byte[] digest = reader.ReadExactly(SHA256.HashSizeInBytes);
        reader.Key("secrets"u8, ref fields);
        ReadOnlySpan<byte> secrets = reader.ReadBytes();
        reader.EndMap(fields);
        bool isWhole = reader.End() && found is not null && digest.AsSpan().SequenceEqual(request.Digest);
        if (isWhole && Identity.TryImport(secrets, out Identity? imported))
            (identity, card) = imported.Certificate.Equals(found!.Certificate) ? (imported, found) : (Let(imported), null);
        CryptographicOperations.ZeroMemory(opened);
        return identity is not null && card is not null;
    }

    private static Identity? Let(Identity unwanted)
    {
        unwanted.Dispose();
        return null;
    }
}
