using System.Text.RegularExpressions;

namespace Defms.EndToEnd.Tests.Documents;

/// <summary>What the documents point at is there: pages, headings, and the tests that are said to hold a claim.</summary>
public sealed partial class LinkTests
{
    private static readonly string Root = FindRoot();

    public static TheoryData<string> Pages() =>
    [
        .. Directory.EnumerateFiles(Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(page => Path.GetRelativePath(Root, page)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_of_a_page_leads_somewhere(string page)
    {
        string path = Path.Combine(Root, page);
        string[] broken = [.. Links(File.ReadAllText(path)).Where(link => !Leads(path, link.Text, link.Target)).Select(link => $"[{link.Text}]({link.Target})")];
        Assert.Empty(broken);
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_found()
    {
        string page = Path.Combine(Root, "docs", "threat-model.md");
        Assert.False(Leads(page, "x", "nowhere.md"));
        Assert.False(Leads(page, "x", "glossary.md#no-such-heading"));
        Assert.False(Leads(page, "No such test", "../tests/Defms.EndToEnd.Tests/Documents/LinkTests.cs"));
        Assert.True(Leads(page, "A link that leads nowhere is found", "../tests/Defms.EndToEnd.Tests/Documents/LinkTests.cs"));
    }

    private static IEnumerable<(string Text, string Target)> Links(string markdown) =>
        Link().Matches(Code().Replace(markdown, "")).Select(match => (match.Groups["text"].Value, match.Groups["target"].Value))
            .Where(link => !link.Item2.Contains("://", StringComparison.Ordinal) && !link.Item2.StartsWith("mailto:", StringComparison.Ordinal));

    private static bool Leads(string page, string text, string target)
    {
        string[] parts = target.Split('#', 2);
        string path = parts[0].Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, parts[0]));
        if (!Path.Exists(path))
            return false;
        if (path.EndsWith("Tests.cs", StringComparison.Ordinal))
            return File.ReadAllText(path).Contains($" {text.Replace(' ', '_')}(", StringComparison.Ordinal);
        return parts.Length == 1 || Headings(File.ReadAllText(path)).Contains(parts[1]);
    }

    /// <summary>As GitHub names them: small letters, hyphens for spaces, no other marks.</summary>
    private static IEnumerable<string> Headings(string markdown) => Heading().Matches(Code().Replace(markdown, ""))
        .Select(match => string.Concat(match.Groups["title"].Value.Trim().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_').Select(c => c == ' ' ? '-' : char.ToLowerInvariant(c))));

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Defms.sln")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\((?<target>[^)\s]+)\)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} +(?<title>.+)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^```[^`]*^```", RegexOptions.NonBacktracking | RegexOptions.Multiline)]
    private static partial Regex Code();
}
