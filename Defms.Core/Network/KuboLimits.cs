namespace Defms.Core.Network;

/// <summary>How long an IPFS node of one's own, on the same machine or beside it, is waited for.</summary>
public sealed record KuboLimits
{
    public static KuboLimits Default { get; } = new();

    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For a call to be answered whole: a block put, got or looked at.</summary>
    public TimeSpan Call { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Without a sign of life while it pins or collects: it reads all that lies below a root, and some nodes say nothing meanwhile.</summary>
    public TimeSpan Work { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For the node to reach another one.</summary>
    public TimeSpan Dial { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Blocks that are under way at once; as many connections are kept.</summary>
    public int AtOnce { get; init; } = 16;
}
