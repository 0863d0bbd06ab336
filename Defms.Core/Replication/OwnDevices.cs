using System.Text.Json;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Records;

namespace Defms.Core.Replication;

/// <summary>A machine of the owner's.</summary>
/// <param name="Device">16 bytes, of its store.</param>
/// <param name="Added">Unix milliseconds.</param>
/// <param name="IsThis">Whether it is the one that is asked.</param>
/// <param name="LastAsked">When it last asked this one, in Unix milliseconds; null where it never did.</param>
public sealed record OwnDevice(byte[] Device, string Name, long Added, bool IsThis, long? LastAsked)
{
    /// <summary>By which the person names it: the beginning of its device in hexadecimal.</summary>
    public string Id => Convert.ToHexStringLower(Device);
}

/// <summary>The list of the owner's machines, which all of them keep as records.</summary>
public static class OwnDevices
{
    public const string Word = "device";

    /// <summary>Writes a machine into the list; one that is there keeps its name.</summary>
    public static void Note(IMailTables tables, ReadOnlySpan<byte> device, string name, long now)
    {
        string key = Key(device);
        if (tables.Records.Find(key) is null or { Value: "" })
            RecordBook.Set(tables, key, JsonSerializer.Serialize(new Entry(name, now)), now);
    }

    /// <summary>Takes a machine out of the list and forgets how far it has read here. It keeps what it has, its keys too.</summary>
    public static void Remove(IReplicationTables tables, Did self, ReadOnlySpan<byte> device, long now)
    {
        tables.Devices.Remove(self, device);
        RecordBook.Set(tables, Key(device), "", now);
    }

    public static IReadOnlyList<OwnDevice> List(IReplicationTables tables, Did self)
    {
        byte[] here = tables.Settings.GetBytes(StoreSettings.Device)!;
        var found = new List<OwnDevice>();
        foreach (Record record in tables.Records.OfKind(Word))
        {
            byte[] device = Convert.FromHexString(record.Key[(Word.Length + 1)..]);
            if (record.Value.Length > 0 && Read(record.Value) is { } entry)
                found.Add(new OwnDevice(device, entry.Name, entry.Added, device.AsSpan().SequenceEqual(here), tables.Devices.LastAsked(self, device)));
        }
        if (!found.Exists(device => device.IsThis))
            found.Insert(0, new OwnDevice(here, "this machine", 0, IsThis: true, LastAsked: null));
        return found;
    }

    private static Entry? Read(string value)
    {
        try
        {
            return JsonSerializer.Deserialize<Entry>(value);
        }
        catch (JsonException)
        {
            // What a machine of the owner's garbled says nothing.
            return null;
        }
    }

    private static string Key(ReadOnlySpan<byte> device) => $"{Word} {Convert.ToHexStringLower(device)}";

    private sealed record Entry(
        [property: System.Text.Json.Serialization.JsonPropertyName("name")] string Name,
        [property: System.Text.Json.Serialization.JsonPropertyName("added")] long Added);
}
