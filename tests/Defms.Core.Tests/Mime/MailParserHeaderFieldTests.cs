using System.Text;
using System.Text.Json;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

/// <summary>The single header values of stalwartlabs/mail-parser with their expected reading.</summary>
public sealed class MailParserHeaderFieldTests
{
    // Read in another way on purpose: the beginning of the value, and why.
    private static readonly (string Start, string Reason)[] Deliberate =
    [
        ("Pete(A nice", "comments inside and behind an address add nothing to a name that has words"),
        ("\"  James Smythe", "names are shown without white space at their ends"),
        ("<http://www.host.com/list", "List fields hold URLs; read as addresses their colon must be quoted"),
        ("<ftp://ftp.host.com", "the same"),
        ("(Use this command", "the same"),
        ("<mailto:listmom", "the same"),
        ("application/pdf\n   filename*0*", "a backslash in a quoted value counts only before a quote or a backslash"),
        ("image/jpeg;\n   name=\"=?iso", "adjacent encoded words have no space between (RFC 2047, 6.2), whatever their charsets"),
        ("test/\n", "a type without a subtype is no type"),
        ("<1234   @", "only white space is taken out of an identifier"),
        ("[SUSPECTED SPAM]", "no space is made up before an encoded word that stands against other text"),
    ];

    [Theory]
    [InlineData("address")]
    [InlineData("content_type")]
    [InlineData("date")]
    [InlineData("id")]
    [InlineData("unstructured")]
    public void Header_values_read_as_mail_parser_reads_them(string kind)
    {
        string json = File.ReadAllText(Path.Combine(SharedFiles.Folder("mime/mail-parser/header-fields"), kind + ".json"));
        var differences = new List<string>();
        foreach (JsonElement element in JsonSerializer.Deserialize<JsonElement>(json).EnumerateArray())
        {
            string header = element.GetProperty("header").GetString()!;
            HeaderField field = MailMessage.Parse(Encoding.UTF8.GetBytes("X:" + header)).Headers[0];
            string expected = Expected(kind, element.GetProperty("expected")), found = Found(kind, field);
            if (expected != found && !Deliberate.Any(each => header.StartsWith(each.Start, StringComparison.Ordinal)))
                differences.Add($"{JsonSerializer.Serialize(header)}\n  expected {expected}\n  found    {found}");
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static string Expected(string kind, JsonElement value) => kind switch
    {
        "address" => MailParserField.Addresses(value),
        "content_type" => MailParserField.Type(value),
        "date" => MailParserField.Date(value),
        "id" => value.ValueKind == JsonValueKind.Null ? "" : string.Join(' ', value.EnumerateArray().Select(each => each.GetString())),
        _ => MailParserField.OneSpace(value.GetString()!),
    };

    private static string Found(string kind, HeaderField field) => kind switch
    {
        "address" => MailParserField.Addresses(AddressList.Parse(field.RawValue)),
        "content_type" => MailParserField.Type(field.RawValue),
        "date" => MailParserField.Date(field.RawValue),
        "id" => string.Join(' ', MessageIds.Parse(field.RawValue)),
        _ => MailParserField.OneSpace(field.Value),
    };
}
