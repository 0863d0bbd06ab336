using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Defms.Core.Blocks;

namespace Defms.Core.Tests.Support;

/// <summary>
/// A folder below tests/vectors: JSON for people and other implementations, and objects as <c>CID.cbor</c>. Vectors are frozen. With
/// DEFMS_WRITE_VECTORS=1 a test run writes what it would otherwise compare; a file that nothing writes any more is left for a person
/// to delete.
/// </summary>
internal sealed class VectorFolder(string name)
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    internal string Path { get; } = System.IO.Path.Combine(Repository(), "tests", "vectors", name);

    private static bool IsWriting => Environment.GetEnvironmentVariable("DEFMS_WRITE_VECTORS") == "1";

    internal JsonNode Json(string file) =>
        JsonNode.Parse(File.ReadAllBytes(System.IO.Path.Combine(Path, file))) ?? throw new JsonException($"{file} is empty.");

    internal byte[] Object(string cid) => File.ReadAllBytes(System.IO.Path.Combine(Path, cid + ".cbor"));

    /// <summary>All objects of the folder with their names.</summary>
    internal IEnumerable<(string Cid, byte[] Bytes)> Objects() =>
        Directory.EnumerateFiles(Path, "*.cbor").Select(path => (System.IO.Path.GetFileNameWithoutExtension(path), File.ReadAllBytes(path)));

    /// <summary>Fails where the folder holds another object, or none, under the name of this one; returns the name.</summary>
    internal string Freeze(ReadOnlySpan<byte> bytes)
    {
        string cid = Cid.Of(Cid.DagCbor, bytes).ToString();
        Freeze(cid + ".cbor", bytes.ToArray());
        return cid;
    }

    /// <summary>Fails where the file holds anything else.</summary>
    internal void Freeze(string file, JsonNode json) => Freeze(file, JsonSerializer.SerializeToUtf8Bytes(json, Readable).Append((byte)'\n').ToArray());

    private void Freeze(string file, byte[] bytes)
    {
        string path = System.IO.Path.Combine(Path, file);
        if (IsWriting)
            Directory.CreateDirectory(Path);
        if (IsWriting)
            File.WriteAllBytes(path, bytes);
        Assert.True(File.Exists(path), $"There is no vector {path}.");
        Assert.True(bytes.AsSpan().SequenceEqual(File.ReadAllBytes(path)), $"The vector {path} holds something else.");
    }

    private static string Repository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Defms.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside their repository.");
    }
}
