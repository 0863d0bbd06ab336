using System.Diagnostics;
using System.Text.Json;

namespace Defms.EndToEnd.Tests.Cli;

public sealed class ImportTests
{
    private const string Mbox = """
        From bob@example.net Mon Jan  2 15:04:05 2006
        From: Bob <bob@example.net>
        Message-ID: <1@x>
        Subject: Lunch
        Status: RO

        At noon?

        From bob@example.net Mon Jan  2 16:04:05 2006
        From: Bob <bob@example.net>
        Message-ID: <2@x>
        References: <1@x>
        Subject: Re: Lunch

        >From here I see the harbour.

        """;

    [Fact]
    public async Task An_mbox_on_standard_input_is_imported_once_and_exported_byte_for_byte()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@example.org");
        byte[] mbox = System.Text.Encoding.ASCII.GetBytes(Mbox);
        Result first = (await alice.PipeAsync(mbox, "import", "-")).Expect(0);
        Assert.StartsWith("2 imported, 0 already there, 0 unreadable, in ", first.Text);
        JsonElement second = (await alice.PipeAsync(mbox, "import", "-", "--json")).Expect(0).Json;
        Assert.Equal((0, 2), (second.GetProperty("imported").GetInt32(), second.GetProperty("already").GetInt32()));

        JsonElement talk = Assert.Single((await alice.JsonAsync("threads")).EnumerateArray());
        Assert.Equal((2, 1), (talk.GetProperty("messages").GetInt32(), talk.GetProperty("unread").GetInt32()));
        (await alice.RunAsync("export", "--all", "--format", "maildir", "--out", alice.File("out"))).Expect(0);
        Assert.Equal(
            ["From: Bob <bob@example.net>\nMessage-ID: <1@x>\nSubject: Lunch\nStatus: RO\n\nAt noon?\n",
             "From: Bob <bob@example.net>\nMessage-ID: <2@x>\nReferences: <1@x>\nSubject: Re: Lunch\n\nFrom here I see the harbour.\n"],
            Directory.EnumerateFiles(alice.File("out/cur")).Select(File.ReadAllText).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_format_leads_back_into_another_home()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@example.org");
        (await alice.PipeAsync(System.Text.Encoding.ASCII.GetBytes(Mbox), "import", "-")).Expect(0);
        foreach (string format in (string[])["mbox", "maildir", "eml"])
        {
            using Person other = await Person.MakeAsync("Alice", "alice@example.org");
            (await alice.RunAsync("export", "--all", "--format", format, "--out", alice.File(format))).Expect(0);
            Assert.Equal(2, (await other.JsonAsync("import", alice.File(format))).GetProperty("imported").GetInt32());
        }
        (await alice.RunAsync("export", "--all", "--format", "car", "--out", alice.File("car"))).Expect(0);
        (await alice.RunAsync("backup", alice.File("backup"))).Expect(0);
        (await Programs.RunAsync(["restore", alice.File("backup"), "--home", alice.File("again")])).Expect(0);
        Result again = (await Programs.RunAsync(["import", alice.File("car"), alice.File("mbox"), "--json", "--home", alice.File("again")])).Expect(0);
        Assert.Equal((0, 4), (again.Json.GetProperty("imported").GetInt32(), again.Json.GetProperty("already").GetInt32()));
        (await Programs.RunAsync(["verify", "--repair", "--home", alice.File("again")])).Expect(0);
        (await Programs.RunAsync(["gc", "--home", alice.File("again")])).Expect(0);
    }

    [Fact]
    public async Task What_is_not_there_or_cannot_be_read_is_said_by_name()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@example.org");
        Assert.Contains("nowhere", (await alice.RunAsync("import", alice.File("nowhere"))).Expect(3).Errors);
        await File.WriteAllTextAsync(alice.File("empty.eml"), "");
        Result result = (await alice.RunAsync("import", alice.File("empty.eml"))).Expect(1);
        Assert.Contains("empty.eml", result.Errors);
        Assert.Contains("1 unreadable", result.Text);
        (await alice.RunAsync("export", "--format", "mbox", "--out", alice.File("x"))).Expect(2);
        (await alice.RunAsync("import", alice.File("empty.eml"), "--mbox", "xy")).Expect(2);
    }

    [Fact]
    public async Task An_import_that_was_killed_is_started_again_and_ends_with_everything_once()
    {
        const int count = 30_000;
        using Person alice = await Person.MakeAsync("Alice", "alice@example.org");
        await using (StreamWriter mbox = File.CreateText(alice.File("mail.mbox")))
        {
            mbox.NewLine = "\n";
            for (int i = 0; i < count; i++)
                await mbox.WriteAsync($"From bob@example.net Mon Jan  2 15:04:05 2006\nFrom: bob@example.net\nMessage-ID: <{i}@x>\n\nNumber {i}\n\n");
        }
        using (Process killed = Programs.Start("Defms.Cli", "defms", ["import", alice.File("mail.mbox"), "--home", alice.Home]))
        {
            string log = Path.Combine(alice.Home, "store.db-wal");
            while (!killed.HasExited && (!File.Exists(log) || new FileInfo(log).Length < 1 << 20))
                await Task.Yield();
            killed.Kill();
            await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        JsonElement rest = await alice.JsonAsync("import", alice.File("mail.mbox"));
        Assert.Equal(count, rest.GetProperty("imported").GetInt32() + rest.GetProperty("already").GetInt32());
        Assert.Equal(count, (await alice.JsonAsync("status")).GetProperty("messages").GetInt32());
    }

    [Theory]
    [InlineData("bringing-your-mail.md")]
    [InlineData("leaving.md")]
    public async Task The_commands_of_the_guide_work(string page)
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@example.org");
        Directory.CreateDirectory(alice.File("letters"));
        foreach (string name in (string[])["Inbox.mbox", "Sent.mbox", "letters/1.eml"])
            await File.WriteAllTextAsync(alice.File(name), Mbox);
        foreach (string part in (string[])["cur", "new", "tmp"])
            Directory.CreateDirectory(alice.File($"Maildir/{part}"));
        string[] lines = [.. (await File.ReadAllLinesAsync(GuidePath(page))).Where(line => line.StartsWith("$ defms ", StringComparison.Ordinal))];
        Assert.True(lines.Length >= 4);
        foreach (string line in lines)
        {
            IEnumerable<string> words = Shell.Arguments(line[2..]).Select(word => IsPath(word) ? alice.File(word.Replace("~/", "")) : word);
            (await alice.RunAsync([.. words])).Expect(0);
        }
    }

    [Fact]
    public async Task The_guide_to_finding_finds()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@example.org");
        (await alice.PipeAsync(System.Text.Encoding.ASCII.GetBytes(Mbox), "import", "-")).Expect(0);
        string thread = Assert.Single((await alice.JsonAsync("threads")).EnumerateArray()).GetProperty("thread").GetString()!;
        string[] lines = await File.ReadAllLinesAsync(GuidePath("finding.md"));
        string[] commands = [.. lines.Where(line => line.StartsWith("    defms search ", StringComparison.Ordinal))];
        Assert.True(commands.Length >= 3);
        foreach (string command in commands)
            (await alice.RunAsync([.. Shell.Arguments(command.Trim()), "--json"])).Expect(0);
        string[] queries = [.. lines.SkipWhile(line => line != "| write | to find |").TakeWhile(line => line.StartsWith('|')).SelectMany(Queries)];
        Assert.True(queries.Length >= 30);
        foreach (string query in queries.Select(query => query.Replace("k3hq7xza", thread, StringComparison.Ordinal)))
            (await alice.RunAsync("search", "--json", query)).Expect(0);
        foreach (string found in (string[])["lunch", "from:bob", "\"see the harbour\"", "harb*", $"thread:{thread}", "date:..2024 OR date:today"])
            Assert.Single((await alice.JsonAsync("search", found)).EnumerateArray());
        Assert.Empty((await alice.JsonAsync("search", "lunch -bob")).EnumerateArray());
    }

    /// <summary>What stands between backticks in the first column; a field without a word gets one.</summary>
    private static IEnumerable<string> Queries(string row) => row.Split('|')[1].Split('`')
        .Where((_, i) => i % 2 == 1)
        .Select(query => query.EndsWith(':') ? query + "word" : query);

    private static bool IsPath(string word) => word.Contains('/') || word.Contains('.') || word is "Mail" or "threads";

    private static string GuidePath(string page)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "docs", "guide", page);
            if (File.Exists(path))
                return path;
        }
        throw new FileNotFoundException(page);
    }
}
