using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Labels;
using Defms.Core.Mailboxes.Records;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Core.Tests.Storage.Tables;
using Defms.Core.Tests.Support;
using Record = Defms.Core.Mailboxes.Records.Record;

namespace Defms.Core.Tests.Devices;

/// <summary>Against tests/vectors/devices, which another implementation (reference.py, beside them) computed.</summary>
public sealed class DeviceVectorTests : TableTest
{
    private readonly VectorFolder vectors = new("devices");

    [Fact]
    public void Digests_of_threads_are_those_of_the_vectors()
    {
        JsonArray cases = vectors.Json("digests.json")["cases"]!.AsArray();
        Assert.Equal(4, cases.Count);
        foreach (JsonNode? one in cases)
        {
            List<ThreadRow> rows = [.. Enumerable.Range(0, (int)one!["threads"]!).Reverse().Select(Row)];
            Assert.Equal((string)one["sha256"]!, Convert.ToHexStringLower(SHA256.HashData(ThreadDigests.Of(rows))));
        }
        Assert.Equal((string)cases[1]!["pairs"]![0]![0]!, Row(0).Thread.ToString());
    }

    [Fact]
    public void Records_read_from_the_vector_write_it_and_stand_as_it_says()
    {
        JsonNode vector = vectors.Json("records.json");
        byte[] octets = Encoding.UTF8.GetBytes((string)vector["octets"]!);
        IReadOnlyList<Record> records = RecordMail.Read(MailMessage.Parse(octets))!;
        Assert.Equal(octets, RecordMail.Write(records, out int count));
        Assert.Equal(8, count);
        RecordBook.Apply(Tables, records, told: true, (long)vector["now"]!);
        Assert.Equal(4, vector["stands"]!.AsArray().Count);
        foreach (JsonNode? one in vector["stands"]!.AsArray())
            Assert.Equal(new Record((string)one![0]!, (long)one[1]!, (string)one[2]!), Tables.Records.Find((string)one[0]!));
    }

    [Fact]
    public void A_pairing_request_is_written_and_read_as_the_vector_says()
    {
        JsonNode vector = vectors.Json("pairing.json");
        byte[] key = Convert.FromHexString((string)vector["key"]!), device = Convert.FromHexString((string)vector["device"]!);
        PairingRequest made = PairingRequest.Create(key, device, (string)vector["name"]!, (long)vector["time"]!);
        Assert.True(PairingRequest.TryParse((string)vector["text"]!, out PairingRequest? read, out string? error), error);
        foreach (PairingRequest request in new[] { made, read! })
        {
            Assert.Equal((string)vector["text"]!, request.Text);
            Assert.Equal((string)vector["digest"]!, Convert.ToHexStringLower(request.Digest));
            Assert.Equal((string)vector["check"]!, request.CheckCode);
            Assert.Equal(device, request.Device);
        }
    }

    [Fact]
    public void Labels_are_composed_compared_and_recorded_as_the_vector_says()
    {
        JsonNode vector = vectors.Json("labels.json");
        foreach (JsonNode? one in vector["labels"]!.AsArray())
        {
            Assert.True(Label.TryParse((string)one!["written"]!, out Label? label, out string error), error);
            Assert.Equal(((string)one["text"]!, (string)one["key"]!), (label.Text, label.Key));
        }
        foreach (JsonNode? one in vector["refused"]!.AsArray())
            Assert.False(Label.TryParse((string)one!, out _, out string error) || error.Length == 0, (string)one!);
        string name = Cid.Of(Cid.DagCbor, "message"u8).ToString();
        Assert.True(Label.TryParse("To Do", out Label? toDo, out _));
        Assert.Equal((string)vector["record"]![0]!, $"label {name} {toDo.Key}");
        Assert.Equal((string)vector["record"]![2]!, toDo.Text);
    }

    private static ThreadRow Row(int number) => new(
        number, Cid.Of(Cid.DagCbor, Encoding.ASCII.GetBytes($"thread {number}")), new byte[32],
        Cid.Of(Cid.DagCbor, Encoding.ASCII.GetBytes($"root {number}")), 1, default, null, 0);
}
