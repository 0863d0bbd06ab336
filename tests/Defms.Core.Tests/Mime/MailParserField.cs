using System.Text.Json;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

/// <summary>Compares a field with what mail-parser makes of it.</summary>
internal static class MailParserField
{
    public static void Compare(JsonElement expected, HeaderField field, string what, List<string> differences)
    {
        (int, int, int) theirs = (Number(expected, "offset_field"), Number(expected, "offset_start"), Number(expected, "offset_end"));
        (int, int, int) ours = (field.Span.Start, field.Span.ValueStart, field.Span.Next);
        if (theirs != ours)
            differences.Add($"{what} offsets: {theirs} expected, {ours} found");
        JsonElement value = expected.GetProperty("value");
        string? difference = value.ValueKind == JsonValueKind.String ? null : Difference(value.EnumerateObject().First(), field);
        if (difference is not null)
            differences.Add($"{what}: {difference}");
    }

    /// <summary>What differs, or null.</summary>
    public static string? Difference(JsonProperty expected, HeaderField field) => expected.Name switch
    {
        "Text" when Header(field.Name) is "messageid" or "contentid" => Unequal(expected.Value.GetString(), MessageIds.First(field.RawValue)),
        "Text" => Unequal(OneSpace(expected.Value.GetString()!), OneSpace(field.Value)),
        "Address" => Unequal(Addresses(expected.Value), Addresses(AddressList.Parse(field.RawValue))),
        "DateTime" => Unequal(Date(expected.Value), Date(field.RawValue)),
        "ContentType" => Unequal(Type(expected.Value), Type(field)),
        _ => null,
    };

    /// <summary>A canonical text of an address list in mail-parser's form; groups are flattened.</summary>
    public static string Addresses(JsonElement value)
    {
        var all = new List<string>();
        JsonProperty kind = value.EnumerateObject().First();
        foreach (JsonElement element in kind.Value.EnumerateArray())
        {
            IEnumerable<JsonElement> mailboxes = kind.Name == "Group" ? element.GetProperty("addresses").EnumerateArray() : [element];
            all.AddRange(mailboxes.Select(each => $"{each.GetProperty("name").GetString()} <{each.GetProperty("address").GetString()}>"));
        }

        return string.Join(", ", all);
    }

    public static string Addresses(AddressList list) =>
        string.Join(", ", list.Mailboxes.Select(each => $"{each.Name} <{each.Address}>"));

    public static string Date(JsonElement date)
    {
        if (date.ValueKind == JsonValueKind.Null)
            return "";
        int sign = date.GetProperty("tz_before_gmt").GetBoolean() ? -1 : 1;
        var offset = new TimeSpan(sign * Number(date, "tz_hour"), sign * Number(date, "tz_minute"), 0);
        return $"{Number(date, "year")}-{Number(date, "month")}-{Number(date, "day")} {Number(date, "hour")}:{Number(date, "minute")}:{Number(date, "second")} {offset}";
    }

    public static string Date(ReadOnlySpan<byte> value) => !MailDate.TryParse(value, out DateTimeOffset date)
        ? ""
        : $"{date.Year}-{date.Month}-{date.Day} {date.Hour}:{date.Minute}:{date.Second} {date.Offset}";

    public static string Type(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
            return "";
        string type = value.GetProperty("c_type").GetString() + (value.GetProperty("c_subtype").GetString() is { } subtype ? "/" + subtype : "");
        var parameters = new List<string>();
        bool any = value.TryGetProperty("attributes", out JsonElement attributes) && attributes.ValueKind == JsonValueKind.Array;
        foreach (JsonElement each in any ? attributes.EnumerateArray().ToArray() : [])
        {
            (JsonElement name, JsonElement content) = each.ValueKind == JsonValueKind.Array ? (each[0], each[1]) : (each.GetProperty("name"), each.GetProperty("value"));
            if (!name.GetString()!.EndsWith("-language", StringComparison.Ordinal))
                parameters.Add($"; {name.GetString()}={content.GetString()}");
        }

        return type + string.Concat(parameters.Order(StringComparer.Ordinal));
    }

    public static string Type(ReadOnlySpan<byte> value)
    {
        (string type, MimeParameters parameters) = new ParameterReader(value).Read();
        bool isNothing = type.Length == 0 || type[0] == '/';
        return isNothing ? "" : type + string.Concat(parameters.Select(each => $"; {each.Key}={each.Value}").Order(StringComparer.Ordinal));
    }

    public static string OneSpace(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Type(HeaderField field) => Type(field.RawValue);

    private static string Header(string name) => name.ToLowerInvariant().Replace("-", "", StringComparison.Ordinal);

    private static string? Unequal(string? expected, string? found) =>
        expected == found ? null : $"{JsonSerializer.Serialize(expected)} expected, {JsonSerializer.Serialize(found)} found";

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
