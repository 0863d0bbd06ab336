using System.CommandLine;
using Defms.Cli;
using Defms.Cli.Commands;

namespace Defms.EndToEnd.Tests.Cli;

public sealed class HelpTests
{
    private const int Columns = 80;

    [Fact]
    public void Every_command_has_examples_that_parse()
    {
        foreach (CliCommand command in Commands())
        {
            Assert.True(command.Examples.Count > 0, $"'{command.Name}' has no example.");
            foreach (string example in command.Examples)
            {
                ParseResult parsed = CommandLine.Build().Parse(Shell.Arguments(example));
                Assert.True(parsed.Errors.Count == 0, $"{example}: {string.Join(' ', parsed.Errors)}");
                Assert.Contains(command.Name, Shell.Arguments(example));
            }
        }
    }

    [Fact]
    public async Task Every_help_fits_eighty_columns_and_shows_its_examples()
    {
        foreach (CliCommand command in Commands())
        {
            Result help = (await Programs.RunAsync([.. Shell.Arguments(Defms.Cli.Rendering.HelpText.NameOf(command)), "--help"])).Expect(0);

            Assert.All(help.Text.Split('\n'), line => Assert.True(line.Length <= Columns, line));
            Assert.All(command.Examples, example => Assert.Contains(example, help.Text));
            Assert.Equal("", help.Errors);
        }
    }

    [Fact]
    public void Every_command_has_a_section_in_the_guide()
    {
        string guide = File.ReadAllText(GuidePath());
        Assert.All(Commands().Select(Defms.Cli.Rendering.HelpText.NameOf), name => Assert.Contains($"## {name}\n", guide));
    }

    [Fact]
    public void Every_command_line_in_the_guide_parses()
    {
        string[] lines = [.. File.ReadLines(GuidePath()).Where(line => line.StartsWith("$ defms ", StringComparison.Ordinal))];

        Assert.True(lines.Length >= 20, $"only {lines.Length} command lines");
        Assert.All(lines, line => Assert.True(CommandLine.Build().Parse(Shell.Arguments(line[2..])).Errors.Count == 0, line));
    }

    [Theory]
    [InlineData("There is no command 'defms thraeds'. Did you mean 'threads'?", "thraeds")]
    [InlineData("There is no command 'defms contact ad'. Did you mean 'add'?", "contact", "ad")]
    [InlineData("'defms send' has no option '--tp'. Did you mean '--to'?", "send", "--tp", "x")]
    [InlineData("There is no command 'defms xyzzy'.", "xyzzy")]
    [InlineData("'defms show' needs THREAD", "show")]
    [InlineData("--name", "init", "--address", "a@b.example")]
    public async Task Wrong_usage_is_told_with_what_was_perhaps_meant(string sentence, params string[] arguments)
    {
        Result result = await Programs.RunAsync(arguments);

        Assert.Contains(sentence, result.Expect(2).Errors);
        Assert.Equal("", result.Text);
    }

    [Theory]
    [InlineData]
    [InlineData("contact")]
    public async Task A_command_without_its_second_word_shows_its_help_as_wrong_usage(params string[] arguments)
    {
        Result result = await Programs.RunAsync(arguments);

        Assert.Contains("Usage:", result.Expect(2).Errors);
    }

    private static IEnumerable<CliCommand> Commands() => Under(CommandLine.Build());

    private static IEnumerable<CliCommand> Under(Command command) =>
        command.Subcommands.OfType<CliCommand>().SelectMany(child => Under(child).Prepend(child));

    private static string GuidePath()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string path = Path.Combine(folder, "docs", "guide", "commands.md");
            if (File.Exists(path))
                return path;
        }
        throw new FileNotFoundException("docs/guide/commands.md");
    }
}
