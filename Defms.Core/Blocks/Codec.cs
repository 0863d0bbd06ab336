namespace Defms.Core.Blocks;

/// <summary>The names of multicodecs that blocks are met under (multiformats table.csv).</summary>
public static class Codec
{
    private static readonly (ulong Code, string Name)[] Known =
    [
        (Cid.Raw, "raw"), (Cid.DagCbor, "dag-cbor"), (0x70, "dag-pb"), (0x0129, "dag-json"), (0x51, "cbor"), (0x0200, "json"), (0x72, "libp2p-key"),
    ];

    /// <summary>The name, or the number in hexadecimal where it has none here.</summary>
    public static string NameOf(ulong code)
    {
        foreach ((ulong known, string name) in Known)
        {
            if (known == code)
                return name;
        }
        return $"0x{code:x}";
    }
}
