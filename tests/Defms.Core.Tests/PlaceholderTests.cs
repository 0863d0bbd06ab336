namespace Defms.Core.Tests;

public sealed class PlaceholderTests
{
    [Fact]
    public void It_builds() => Assert.NotNull(typeof(PlaceholderTests));
}
