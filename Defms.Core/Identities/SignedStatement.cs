using Defms.Core.Codecs;

namespace Defms.Core.Identities;

/// <summary>
/// What a signature is made over: DAG-CBOR of an array that begins with a label naming the use, so that a signature for one purpose can
/// never be shown for another.
/// </summary>
public static class SignedStatement
{
    /// <summary>The bytes to sign: [label, parts…]. <paramref name="writeParts"/> writes exactly <paramref name="parts"/> values.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> label, int parts, Action<DagCborWriter> writeParts)
    {
        var writer = new DagCborWriter(512);
        writer.Array(parts + 1).Text(label);
        writeParts(writer);
        return writer.ToArray();
    }
}
