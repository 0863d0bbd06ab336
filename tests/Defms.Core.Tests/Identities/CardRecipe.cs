using System.Security.Cryptography;
using System.Text;
using Defms.Core.Sealing;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Identities;

/// <summary>
/// A card built by hand from docs/formats/card.md: what is set here is put in and rightly signed, whether or not the format allows it.
/// So a card that is refused is refused for the one thing that was changed.
/// </summary>
internal sealed class CardRecipe
{
    private readonly byte[] seed;

    internal CardRecipe(byte[] seed, int epoch = 0)
    {
        this.seed = seed;
        Root = Signer("defms/1 root");
        Signing = Signer($"defms/1 epoch {epoch} signing");
        using SealingKeyPair sealing = new(Expand($"defms/1 epoch {epoch} sealing"));
        CertificateFields = new()
        {
            ["epoch"] = RawCbor.Int(epoch),
            ["sealing"] = RawCbor.Bytes(sealing.PublicKey),
            ["signing"] = RawCbor.Bytes(Signing.PublicKey),
            ["identity"] = RawCbor.Bytes(Root.PublicKey),
        };
    }

    internal SigningKey Root { get; set; }

    internal SigningKey Signing { get; set; }

    internal Dictionary<string, byte[]> CardFields { get; } = new() { ["v"] = RawCbor.Int(1), ["kind"] = RawCbor.Text("defms/card") };

    internal Dictionary<string, byte[]> ProfileFields { get; } = new()
    {
        ["seq"] = RawCbor.Int(0),
        ["name"] = RawCbor.Text("Alice"),
        ["issued"] = RawCbor.Int(1_700_000_000_000),
        ["addresses"] = RawCbor.Array(RawCbor.Text("alice@example.org")),
    };

    internal Dictionary<string, byte[]> CertificateFields { get; }

    internal Dictionary<string, byte[]> ProfileExtras { get; } = [];

    internal Dictionary<string, byte[]> CertificateExtras { get; } = [];

    internal string ProfileLabel { get; set; } = "defms/1 profile";

    internal string CertificateLabel { get; set; } = "defms/1 certificate";

    /// <summary>Done to each signature before it is put in.</summary>
    internal Func<byte[], byte[]> BendProfileSignature { get; set; } = signature => signature;

    internal Func<byte[], byte[]> BendCertificateSignature { get; set; } = signature => signature;

    internal static byte[] Endpoint(string url) =>
        RawCbor.Map(("url", RawCbor.Text(url)), ("identity", RawCbor.Bytes(new byte[32])));

    /// <summary>Fields of the card that are left out.</summary>
    internal HashSet<string> Omitted { get; } = [];

    internal byte[] Build()
    {
        Dictionary<string, byte[]> card = new(CardFields);
        card.TryAdd("profile", SignedMap(ProfileFields, ProfileExtras, BendProfileSignature(Signing.Sign(ProfileStatement()))));
        card.TryAdd("certificate", Certificate());
        return RawCbor.SortedMap(Pairs(card).Where(field => !Omitted.Contains(field.Key)));
    }

    internal byte[] Certificate() =>
        SignedMap(CertificateFields, CertificateExtras, BendCertificateSignature(Root.Sign(CertificateStatement())));

    internal byte[] Expand(string label) => HKDF.DeriveKey(HashAlgorithmName.SHA256, seed, 32, [], Encoding.ASCII.GetBytes(label));

    internal SigningKey Signer(string label) => new(Expand(label));

    private byte[] CertificateStatement() =>
        RawCbor.Array(RawCbor.Text(CertificateLabel), RawCbor.SortedMap(Pairs(CertificateFields)));

    private byte[] ProfileStatement() => RawCbor.Array(
        RawCbor.Text(ProfileLabel), CertificateFields["identity"], CertificateFields["epoch"], RawCbor.SortedMap(Pairs(ProfileFields)));

    /// <summary>The extras stand beside the signature and are not signed.</summary>
    private static byte[] SignedMap(Dictionary<string, byte[]> fields, Dictionary<string, byte[]> extras, byte[] signature) =>
        RawCbor.SortedMap(Pairs(fields).Concat(Pairs(extras)).Append(("signature", RawCbor.Bytes(signature))));

    private static IEnumerable<(string Key, byte[] Value)> Pairs(Dictionary<string, byte[]> fields) => fields.Select(field => (field.Key, field.Value));
}
