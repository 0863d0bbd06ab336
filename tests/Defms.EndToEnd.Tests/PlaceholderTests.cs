namespace Defms.EndToEnd.Tests;

public sealed class PlaceholderTests
{
    [Fact]
    public void It_builds() => Assert.NotNull(typeof(PlaceholderTests));
}
