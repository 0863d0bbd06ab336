using System.Text;
using System.Text.Json;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

/// <summary>The messages of stalwartlabs/mail-parser with their complete expected parse, once with LF and once with CRLF.</summary>
public sealed class MailParserTests(ITestOutputHelper output)
{
    // What mail-parser reads in another way, and why ours is meant.
    private static readonly (string Expected, string Reason)[] Deliberate =
    [
        ("\\uFFFD", "raw 8-bit octets without a charset show as Windows-1252, not as U+FFFD"),
        ("begin 600", "uuencoded parts are decoded"),
        ("C:TEMP", "a backslash in a quoted value counts only before a quote or a backslash"),
        ("The Enforcer", "a comment inside a name that has words is left out"),
        ("\"president@whitehouse.gov\"", "Return-Path is shown as it stands"),
        ("000.json text_body", "parts that are no base64 though they say so keep their media type"),
        ("000.json html_body", "the same"),
        ("000.json attachments", "the same"),
        ("000.crlf.json text_body", "the same"),
        ("000.crlf.json html_body", "the same"),
        ("000.crlf.json attachments", "the same"),
    ];

    [Theory]
    [InlineData("rfc")]
    [InlineData("legacy")]
    public void Messages_read_as_mail_parser_reads_them(string folder)
    {
        var differences = new List<string>();
        int messages = 0;
        foreach (string path in SharedFiles.All("mime/mail-parser/" + folder, "*.eml"))
        {
            string original = Encoding.Latin1.GetString(File.ReadAllBytes(path));
            byte[] plain = Encoding.Latin1.GetBytes(original.Replace("\r", "", StringComparison.Ordinal));
            byte[] crlf = Encoding.Latin1.GetBytes(original.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal));
            messages += 2;
            Compare(Path.ChangeExtension(path, "json"), plain, differences);
            Compare(Path.ChangeExtension(path, "crlf.json"), crlf, differences);
        }

        differences.RemoveAll(difference => Deliberate.Any(each => difference.Contains(each.Expected, StringComparison.Ordinal)));
        foreach (string difference in differences)
            output.WriteLine(difference);
        Assert.True(messages > 0);
        Assert.True(differences.Count == 0, $"{differences.Count} differences in {messages} messages:\n{string.Join('\n', differences.Take(30))}");
    }

    private static void Compare(string json, byte[] octets, List<string> differences)
    {
        JsonElement expected = JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(json));
        CompareMessage(expected, MailMessage.Parse(octets).Root, Path.GetFileName(json), differences);
    }

    private static void CompareMessage(JsonElement expected, MimePart root, string name, List<string> differences)
    {
        List<MimePart> parts = Flatten(root);
        JsonElement[] theirs = [.. expected.GetProperty("parts").EnumerateArray()];
        if (theirs.Length != parts.Count)
        {
            differences.Add($"{name}: {theirs.Length} parts expected, {parts.Count} found");
            return;
        }

        var body = BodyParts.Choose(root);
        CompareList(expected.GetProperty("text_body"), body.Text, parts, $"{name} text_body", differences);
        CompareList(expected.GetProperty("html_body"), body.Html, parts, $"{name} html_body", differences);
        CompareList(expected.GetProperty("attachments"), body.Attachments, parts, $"{name} attachments", differences);
        for (int i = 0; i < theirs.Length; i++)
            ComparePart(theirs[i], parts[i], $"{name} part {i}", differences);
    }

    private static void CompareList(JsonElement expected, List<MimePart> found, List<MimePart> parts, string what, List<string> differences)
    {
        string theirs = expected.GetRawText().Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings("");
        string ours = JsonSerializer.Serialize(found.Select(part => parts.IndexOf(part)));
        if (theirs != ours)
            differences.Add($"{what}: {theirs} expected, {ours} found");
    }

    private static void ComparePart(JsonElement expected, MimePart part, string what, List<string> differences)
    {
        (int, int, int) theirs = (Number(expected, "offset_header"), Number(expected, "offset_body"), Number(expected, "offset_end"));
        if (theirs != (part.HeaderOffset, part.BodyOffset, part.BodyEnd))
            differences.Add($"{what} offsets: {theirs} expected, {(part.HeaderOffset, part.BodyOffset, part.BodyEnd)} found");
        JsonElement[] headers = [.. expected.GetProperty("headers").EnumerateArray()];
        if (headers.Length != part.Headers.Count)
            differences.Add($"{what}: {headers.Length} fields expected, {part.Headers.Count} found");
        for (int i = 0; i < Math.Min(headers.Length, part.Headers.Count); i++)
            MailParserField.Compare(headers[i], part.Headers[i], $"{what} {part.Headers[i].Name}", differences);
        CompareBody(expected.GetProperty("body"), part, what, differences);
    }

    private static void CompareBody(JsonElement expected, MimePart part, string what, List<string> differences)
    {
        JsonProperty body = expected.EnumerateObject().First();
        switch (body.Name)
        {
            case "Text" or "Html" when body.Value.GetString() != part.DecodeText():
                differences.Add($"{what} text:\n  expected {Show(body.Value.GetString()!, part.DecodeText())}\n  found    {Show(part.DecodeText(), body.Value.GetString()!)}");
                break;
            case "Binary" or "InlineBinary" when part.TransferEncoding == TransferEncoding.Uuencode:
                break;
            case "Binary" or "InlineBinary" when !body.Value.EnumerateArray().Select(each => each.GetByte()).SequenceEqual(part.Decode()):
                differences.Add($"{what}: binary content of {body.Value.GetArrayLength()} expected, {part.Decode().Length} found");
                break;
            case "Message" when part.Children.Count == 1:
                CompareMessage(body.Value, part.Children[0], what, differences);
                break;
            case "Message":
                CompareMessage(body.Value, part.EmbeddedMessage()!.Root, what, differences);
                break;
        }
    }

    private static string Show(string text, string other)
    {
        int same = text.AsSpan().CommonPrefixLength(other);
        return JsonSerializer.Serialize(text[Math.Max(0, same - 30)..Math.Min(text.Length, same + 50)]);
    }

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    /// <summary>Depth first without going into embedded messages, which mail-parser numbers on their own.</summary>
    private static List<MimePart> Flatten(MimePart root)
    {
        var flat = new List<MimePart>();
        var pending = new Stack<MimePart>([root]);
        while (pending.TryPop(out MimePart? part))
        {
            flat.Add(part);
            foreach (MimePart child in part.MediaType.IsMultipart ? part.Children.Reverse() : [])
                pending.Push(child);
        }

        return flat;
    }
}
