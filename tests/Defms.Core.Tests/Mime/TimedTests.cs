namespace Defms.Core.Tests.Mime;

/// <summary>Tests that look at a clock run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TimedTests
{
    public const string Name = "timed";
}
