namespace Defms.Core.Tests.Architecture.Sample;

/// <summary>Lies in the core itself and so may use no room.</summary>
internal sealed class Shared
{
    public Blocks.Keeper? Keeper { get; init; }
}
