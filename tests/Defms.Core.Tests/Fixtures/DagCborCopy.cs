using Defms.Core.Codecs;

namespace Defms.Core.Tests.Fixtures;

/// <summary>Reads any DAG-CBOR value token by token and writes it again.</summary>
internal static class DagCborCopy
{
    /// <summary>The value encoded again, or null when the reader refused it.</summary>
    public static byte[]? TryEncodeAgain(ReadOnlySpan<byte> encoded, out string? error)
    {
        var writer = new DagCborWriter(encoded.Length + 16);
        var tokens = new DagCborTokens(encoded);
        while (tokens.Next())
            Write(writer, ref tokens);
        error = tokens.Error;
        return error is null ? writer.ToArray() : null;
    }

    private static DagCborWriter Write(DagCborWriter writer, ref DagCborTokens tokens) => tokens.Token switch
    {
        DagCborToken.Unsigned => writer.Unsigned(tokens.Argument),
        DagCborToken.Negative => writer.Negative(tokens.Argument),
        DagCborToken.Bytes => writer.Bytes(tokens.Content),
        DagCborToken.Text => writer.Text(tokens.Content),
        DagCborToken.Array => writer.Array((int)tokens.Argument),
        DagCborToken.Map => writer.Map((int)tokens.Argument),
        DagCborToken.Key => writer.Key(tokens.Content),
        DagCborToken.Link => writer.Link(tokens.Content),
        DagCborToken.False => writer.Bool(false),
        DagCborToken.True => writer.Bool(true),
        DagCborToken.Null => writer.Null(),
        DagCborToken.Float => writer.Float(tokens.Number),
        _ => throw new InvalidOperationException($"No way to write {tokens.Token}."),
    };
}
