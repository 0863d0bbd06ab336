namespace Defms.Core.Tests.Architecture;

public sealed class ArchitectureTests
{
    private const string SampleNamespace = "Defms.Core.Tests.Architecture.Sample";

    private static readonly Rooms Core = new("Defms.Core");

    private static readonly string Repository = FindRepository();

    [Fact]
    public void Every_arrow_in_the_core_points_to_an_earlier_room() => AssertNone(Core.Violations(typeof(Thread).Assembly));

    [Fact]
    public void No_source_file_imports_a_later_room() => AssertNone(
        from file in SourceFiles()
        let folder = file.Split('/') is [_, var room, _, ..] ? room : ""
        from violation in Core.ImportViolations(folder, file, File.ReadLines(Path.Combine(Repository, file)))
        select violation);

    [Fact]
    public void Every_source_file_has_the_namespace_of_its_folder() => AssertNone(
        from file in SourceFiles()
        let expected = $"namespace {Path.GetDirectoryName(file)!.Replace('/', '.')};"
        let actual = File.ReadLines(Path.Combine(Repository, file)).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))
        where actual is not null && actual != expected
        select $"{file} says `{actual}` where its folder says `{expected}`.");

    [Theory]
    [InlineData("Defms.Core")]
    [InlineData("Defms.Cli")]
    [InlineData("Defms.Daemon")]
    [InlineData("Defms.Gateway")]
    [InlineData("Defms.Serving")]
    public void Programs_use_the_core_and_never_each_other(string name) =>
        AssertNone(Programs.Violations(name, File.ReadAllText(Path.Combine(Repository, name, name + ".csproj"))));

    [Theory]
    [InlineData("Offender uses * Threads.Conversation: the arrow Blocks -> Threads", "an attribute")]
    [InlineData("Offender uses * Threads.IConversation: the arrow Blocks -> Threads", "an interface")]
    [InlineData("Offender.field uses * Threads.Conversation: the arrow Blocks -> Threads", "a field")]
    [InlineData("Offender.InBody uses * Threads.Conversation: the arrow Blocks -> Threads", "a body")]
    [InlineData("Offender+<>c.<InLambda>b__", "a lambda")]
    [InlineData("Offender+<InAsync>d__", "an async body")]
    [InlineData("Offender.InSignature uses * Threads.Conversation: the arrow Blocks -> Threads", "a signature")]
    [InlineData("Offender.TouchesFiles uses System.IO.File: only Storage touches files", "a file")]
    [InlineData("Offender.OpensPath uses System.IO.StreamReader: only Storage touches files", "a path")]
    [InlineData("Offender.OpensSocket uses System.Net.Http.HttpClient: only Network opens sockets", "a socket")]
    [InlineData("Shared.Keeper uses * Blocks.Keeper: the arrow core itself -> Blocks", "a shared type")]
    [InlineData("Unlisted lies in Attic", "an unknown room")]
    public void A_violation_is_noticed_in(string sentence, string where)
    {
        string expected = sentence.Replace("* ", SampleNamespace + ".", StringComparison.Ordinal);

        IReadOnlyList<string> found = new Rooms(SampleNamespace).Violations(typeof(ArchitectureTests).Assembly);

        Assert.True(found.Any(violation => violation.Contains(expected, StringComparison.Ordinal)), $"nothing said of {where}; said was:\n{Lines(found)}");
    }

    [Fact]
    public void What_keeps_the_rules_is_not_accused()
    {
        IReadOnlyList<string> found = new Rooms(SampleNamespace).Violations(typeof(ArchitectureTests).Assembly);

        Assert.DoesNotContain(found, violation =>
            violation.StartsWith(SampleNamespace + ".Blocks.Keeper", StringComparison.Ordinal)
            || violation.StartsWith(SampleNamespace + ".Threads", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("using Defms.Core.Threads;")]
    [InlineData("using static Defms.Core.Threads.Genesis;")]
    [InlineData("using Root = Defms.Core.Threads.ThreadRoot;")]
    public void An_import_of_a_later_room_is_noticed(string line) => Assert.Equal(
        "Defms.Core/Blocks/Block.cs uses " + line.TrimEnd(';').Split(' ')[^1]
        + ": the arrow Blocks -> Threads points the wrong way; a room uses only rooms before it.",
        Assert.Single(Core.ImportViolations("Blocks", "Defms.Core/Blocks/Block.cs", [line, "using Defms.Core.Codecs;", "using System.Text;"])));

    [Theory]
    [InlineData("Defms.Cli", "../Defms.Daemon/Defms.Daemon.csproj")]
    [InlineData("Defms.Cli", "../Defms.Serving/Defms.Serving.csproj")]
    [InlineData("Defms.Serving", "../Defms.Daemon/Defms.Daemon.csproj")]
    [InlineData("Defms.Core", @"..\Defms.Gateway\Defms.Gateway.csproj")]
    public void A_reference_to_a_program_is_noticed(string name, string reference) =>
        Assert.StartsWith($"{name} references Defms.", Assert.Single(
            Programs.Violations(name, $"<Project><ItemGroup><ProjectReference Include=\"{reference}\" /></ItemGroup></Project>")));

    private static void AssertNone(IEnumerable<string> violations)
    {
        List<string> found = [.. violations];
        Assert.True(found.Count == 0, Lines(found));
    }

    private static string Lines(IEnumerable<string> sentences) => string.Join('\n', sentences);

    private static IEnumerable<string> SourceFiles() =>
        from path in Directory.EnumerateFiles(Path.Combine(Repository, "Defms.Core"), "*.cs", SearchOption.AllDirectories)
        select Path.GetRelativePath(Repository, path);

    private static string FindRepository()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Defms.sln")))
                return folder;
        }
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Defms.sln.");
    }
}
