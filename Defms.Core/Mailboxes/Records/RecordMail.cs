using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Defms.Core.Mime;

namespace Defms.Core.Mailboxes.Records;

/// <summary>Records as the octets of a message, which views do not show (docs/formats/records.md).</summary>
public static class RecordMail
{
    public const string MediaType = "application/vnd.defms.record+json";

    /// <summary>So that a message of records lies in one block.</summary>
    public const int MaxBytes = 60_000;

    private const string Header = "MIME-Version: 1.0\r\nContent-Type: application/vnd.defms.record+json\r\nContent-Transfer-Encoding: binary\r\n\r\n";

    /// <summary>A record is a line of text; a card with its endpoints is the longest.</summary>
    private const int MaxTextLength = 8192;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions Shallow = new() { MaxDepth = 4 };

    public static bool IsOne(MailMessage mail) => mail.Root.MediaType.Name == MediaType;

    /// <summary>As many of the records, from the first on, as one message takes.</summary>
    /// <param name="count">How many that are: at least one.</param>
    public static byte[] Write(IReadOnlyList<Record> records, out int count)
    {
        using var body = new MemoryStream();
        body.Write(Encoding.ASCII.GetBytes(Header));
        using var json = new Utf8JsonWriter(body, Plain);
        json.WriteStartObject();
        json.WriteNumber("v", 1);
        json.WriteStartArray("records");
        for (count = 0; count < records.Count && (count == 0 || json.BytesCommitted + json.BytesPending + LengthOf(records[count]) < MaxBytes); count++)
            Write(json, records[count]);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return body.ToArray();
    }

    /// <summary>The records of a message; null where it holds none that this program can read.</summary>
    public static IReadOnlyList<Record>? Read(MailMessage mail)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(mail.Root.Decode(), Shallow);
            JsonElement root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("v", out JsonElement version) && version.ValueKind == JsonValueKind.Number
                && version.TryGetInt32(out int v) && v == 1 && root.TryGetProperty("records", out JsonElement list) && list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Select(ReadOne).OfType<Record>()]
                : null;
        }
        catch (JsonException)
        {
            // Only the owner's own machines write here; what one of them garbled says nothing.
            return null;
        }
    }

    /// <summary>At most: every character may be escaped, and some are.</summary>
    private static int LengthOf(Record record) => 2 * (Encoding.UTF8.GetByteCount(record.Key) + Encoding.UTF8.GetByteCount(record.Value)) + 32;

    private static void Write(Utf8JsonWriter json, Record record)
    {
        json.WriteStartArray();
        json.WriteStringValue(record.Key);
        json.WriteNumberValue(record.Time);
        json.WriteStringValue(record.Value);
        json.WriteEndArray();
    }

    private static Record? ReadOne(JsonElement one)
    {
        if (one.ValueKind != JsonValueKind.Array || one.GetArrayLength() != 3
            || one[0].ValueKind != JsonValueKind.String || one[1].ValueKind != JsonValueKind.Number || one[2].ValueKind != JsonValueKind.String
            || !one[1].TryGetInt64(out long time) || time < 0)
            return null;
        var record = new Record(one[0].GetString()!, time, one[2].GetString()!);
        return record.Key.Length is > 0 and <= MaxTextLength && record.Value.Length <= MaxTextLength ? record : null;
    }
}
