using System.Text.Json;

namespace Defms.EndToEnd.Tests.Cli;

/// <summary><c>defms demo</c>, whose every claim is checked by itself; the one of a gateway has tests of its own.</summary>
public sealed class DemoTests
{
    [Theory]
    [InlineData(15)]
    [InlineData(15, "--offline")]
    public async Task Every_claim_of_the_story_holds(int claims, params string[] options)
    {
        (Result told, JsonElement document) = await Demo.TellAsync(options);

        Assert.True(document.GetProperty("holds").GetBoolean(), told.Errors);
        Assert.Equal(claims, document.GetProperty("checks").GetInt32());
        Assert.Equal(0, told.ExitCode);
    }
}
