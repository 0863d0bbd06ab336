namespace Defms.Core.Replication;

/// <summary>What a store keeps about IPFS beside it, by setting name.</summary>
public static class IpfsSettings
{
    /// <summary>There when the owner lets anybody have sealed blocks by name (docs/formats/gateway.md).</summary>
    public const string Open = "ipfs.open";
}
