using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Devices;

/// <summary>Against tests/vectors/devices, which another implementation (reference.py, beside them) computed.</summary>
public sealed class DeviceVectorTests
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

    private static ThreadRow Row(int number) => new(
        number, Cid.Of(Cid.DagCbor, Encoding.ASCII.GetBytes($"thread {number}")), new byte[32],
        Cid.Of(Cid.DagCbor, Encoding.ASCII.GetBytes($"root {number}")), 1, default, null, 0);
}
