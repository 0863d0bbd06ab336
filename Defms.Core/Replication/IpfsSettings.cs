namespace Defms.Core.Replication;

/// <summary>What a store keeps about IPFS beside it, by setting name.</summary>
public static class IpfsSettings
{
    /// <summary>There when the owner lets anybody have sealed blocks by name (docs/formats/gateway.md).</summary>
    public const string Open = "ipfs.open";

    /// <summary>URL of the owner's IPFS node, where the bytes of messages go; absent while all is kept here (docs/decisions/0011).</summary>
    public const string Node = "ipfs.node";

    /// <summary>The node's peer id, by which it is known again under another URL.</summary>
    public const string Peer = "ipfs.peer";

    /// <summary>There while what the node keeps is brought back.</summary>
    public const string Leaving = "ipfs.leaving";

    /// <summary>Why the last round with the node failed, for people; absent after one that did not.</summary>
    public const string Fault = "ipfs.fault";
}
