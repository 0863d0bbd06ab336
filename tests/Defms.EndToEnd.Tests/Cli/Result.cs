using System.Text;
using System.Text.Json;

namespace Defms.EndToEnd.Tests.Cli;

/// <summary>What a program left behind.</summary>
internal sealed record Result(int ExitCode, byte[] Octets, string Errors)
{
    public string Text => Encoding.UTF8.GetString(Octets);

    public JsonElement Json
    {
        get
        {
            using JsonDocument document = JsonDocument.Parse(Octets);
            return document.RootElement.Clone();
        }
    }

    /// <summary>The same result, which must have this exit code.</summary>
    public Result Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode} instead of {exitCode}\n{Errors}{Text}");
        return this;
    }
}
