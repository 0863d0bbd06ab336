using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Defms.Core.Mime;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Mime;

/// <summary>Real mail read by us and by Python's email package; docs/quirks.md explains every difference that is left.</summary>
public sealed class PythonEmailTests(ITestOutputHelper output)
{
    private const double Agreement = 0.995;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("mail/easy-ham-1", true)]
    [InlineData("mime/rspamd", false)]
    [InlineData("mime/ruby-mail", false)]
    [InlineData("mime/cpython", false)]
    [InlineData("mime/mimekit/messages", false)]
    public void Real_mail_reads_as_python_reads_it(string folder, bool isRealMail)
    {
        string? explained = SharedFiles.InRepository("docs/quirks.md") is { } quirks ? File.ReadAllText(quirks) : "";
        var differences = new List<string>();
        int messages = 0, differing = 0;
        foreach (JsonElement expected in ReadByPython(SharedFiles.Folder(folder)))
        {
            if (expected.TryGetProperty("error", out _))
                continue;
            string path = expected.GetProperty("path").GetString()!;
            List<string> found = [.. Compare(expected, MailMessage.Parse(File.ReadAllBytes(path)))];
            messages++;
            differing += found.Count > 0 ? 1 : 0;
            if (!explained.Contains($"`{Path.GetFileName(path)}`", StringComparison.Ordinal))
                differences.AddRange(found.Select(difference => $"{Path.GetFileName(path)} {difference}"));
        }

        foreach (string difference in differences)
            output.WriteLine(difference);
        output.WriteLine($"{messages} messages, {differing} differ");
        Assert.True(differences.Count == 0, $"differences that docs/quirks.md does not name:\n{string.Join('\n', differences.Take(20))}");
        Assert.True(!isRealMail || differing <= (1 - Agreement) * messages, $"{differing} of {messages} messages differ");
    }

    [Fact]
    public void What_we_compose_python_reads()
    {
        int seed = TestSeed.First;
        output.WriteLine($"seed {seed}");
        string folder = Directory.CreateTempSubdirectory("defms-compose").FullName;
        try
        {
            for (int i = 0; i < 200; i++)
                File.WriteAllBytes(Path.Combine(folder, $"{i:000}.eml"), MailComposer.Compose(RandomDraft.Make(new Random(seed + i), plainLocalParts: true)));
            foreach (JsonElement expected in ReadByPython(folder))
            {
                byte[] octets = File.ReadAllBytes(expected.GetProperty("path").GetString()!);
                Assert.True(Compare(expected, MailMessage.Parse(octets)).ToList() is [], $"seed {seed}: {string.Join('\n', Compare(expected, MailMessage.Parse(octets)))}");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Compare(JsonElement expected, MailMessage message)
    {
        if (Strings(expected.GetProperty("headers")) is var headers && Headers(message) is var read && !Same(headers, read))
            yield return $"headers:\n  python {FirstDifference(headers, read)}\n  ours   {FirstDifference(read, headers)}";
        foreach ((string name, IReadOnlyList<NamedAddress> mailboxes) in ((string, IReadOnlyList<NamedAddress>)[])
            [("from", message.From), ("to", message.To), ("cc", message.Cc)])
        {
            string theirs = expected.GetProperty(name).GetRawText(), ours = JsonSerializer.Serialize(mailboxes.Select(Pair), Readable);
            if (!Same(Canonical(theirs), Canonical(ours)))
                yield return $"{name}:\n  python {Canonical(theirs)}\n  ours   {Canonical(ours)}";
        }

        double? date = expected.GetProperty("date").ValueKind == JsonValueKind.Null ? null : expected.GetProperty("date").GetDouble();
        if (date != message.Date?.ToUnixTimeSeconds())
            yield return $"date: python {date}, ours {message.Date?.ToUnixTimeSeconds()} ({message.Headers["Date"]})";
        string references = expected.GetProperty("references").GetRawText();
        if (Canonical(references) != Canonical(JsonSerializer.Serialize(message.References)) && references != "[]")
            yield return $"references:\n  python {references}\n  ours   {JsonSerializer.Serialize(message.References)}";
        string tree = Canonical(expected.GetProperty("tree").GetRawText());
        if (tree != Tree(message.Root))
            yield return $"tree: python {tree}, ours {Tree(message.Root)}";
        else if (Strings(expected.GetProperty("texts")) is var texts && Texts(message) is var ourTexts && !Same(texts, ourTexts))
            yield return $"text:\n  python {FirstDifference(texts, ourTexts)}\n  ours   {FirstDifference(ourTexts, texts)}";
    }

    private static string Headers(MailMessage message) =>
        string.Concat(message.Headers.Select(field => $"{field.Name}\n{OneSpace(field.Value)}\n"));

    private static string Strings(JsonElement array)
    {
        var all = new StringBuilder();
        foreach (JsonElement element in array.EnumerateArray())
            all.Append(element.ValueKind == JsonValueKind.Array ? Strings(element) : element.GetString() + "\n");
        return all.ToString();
    }

    private static string[] Pair(NamedAddress mailbox) => [OneSpace(mailbox.Name ?? ""), mailbox.Address.ToString()];

    private static string OneSpace(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Canonical(string json) => JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(json), Readable);

    private static string Tree(MimePart part) =>
        $"[\"{part.MediaType.Name}\",[{string.Join(',', part.Children.Select(Tree))}]]";

    private static string Texts(MailMessage message) =>
        string.Concat(message.Parts().Where(part => part.IsLeaf && part.MediaType.IsText).Select(part => part.DecodeText().ReplaceLineEndings("\n") + "\n"));

    /// <summary>
    /// Equal but for one deliberate difference (docs/quirks.md, "Octets outside their charset"): where Python shows U+FFFD or a C1 control we show the
    /// Windows-1252 character.
    /// </summary>
    private static bool Same(string python, string ours) => FirstDifferent(python, ours) < 0;

    private static int FirstDifferent(string python, string ours)
    {
        int i = 0, k = 0;
        while (i < python.Length && k < ours.Length)
        {
            if (IsUndecoded(python[i]))
            {
                i += Run(python.AsSpan(i), IsUndecoded);
                k += Run(ours.AsSpan(k), character => character >= 0x80);
            }
            else if (python[i++] != ours[k++])
            {
                return k - 1;
            }
        }

        return i == python.Length && k == ours.Length ? -1 : k;
    }

    private static bool IsUndecoded(char character) => character is '\uFFFD' or (>= '\u0080' and <= '\u009F');

    private static int Run(ReadOnlySpan<char> text, Func<char, bool> belongs)
    {
        int length = 0;
        while (length < text.Length && belongs(text[length]))
            length++;
        return length;
    }

    private static string FirstDifference(string text, string other)
    {
        int same = FirstDifferent(text, other);
        same = Math.Clamp(same, 0, text.Length);
        return JsonSerializer.Serialize(text[Math.Max(0, same - 40)..Math.Min(text.Length, same + 60)]);
    }

    private static IEnumerable<JsonElement> ReadByPython(string folder)
    {
        string? script = SharedFiles.InRepository("tests/Defms.Core.Tests/Mime/python_email.py");
        Assert.SkipWhen(script is null, "the tests run outside their source tree, so python_email.py is absent");
        using Process? python = Start(script!, folder);
        Assert.SkipWhen(python is null, "python3 is absent");
        while (python!.StandardOutput.ReadLine() is { } line)
            yield return JsonSerializer.Deserialize<JsonElement>(line);
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
    }

    private static Process? Start(string script, string folder)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("python3", [script, folder]) { RedirectStandardOutput = true, UseShellExecute = false, StandardOutputEncoding = Encoding.UTF8 });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
