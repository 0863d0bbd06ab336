using System.Buffers.Binary;
using System.Text;

namespace Defms.Core.Tests.Support;

/// <summary>
/// CBOR put together by hand (RFC 8949), value by value: also what our writer would never write, for objects that must be refused. It
/// shares no code with the writer, so what both agree on is not one mistake made twice.
/// </summary>
internal static class RawCbor
{
    internal static byte[] Null => [0xf6];

    internal static byte[] Int(long value) => value >= 0 ? Head(0, (ulong)value) : Head(1, (ulong)(-1 - value));

    internal static byte[] Bytes(ReadOnlySpan<byte> bytes) => [.. Head(2, (ulong)bytes.Length), .. bytes];

    internal static byte[] Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    /// <summary>Text whose bytes may be no UTF-8.</summary>
    internal static byte[] Text(ReadOnlySpan<byte> bytes) => [.. Head(3, (ulong)bytes.Length), .. bytes];

    internal static byte[] Array(params byte[][] items) => [.. Head(4, (ulong)items.Length), .. items.SelectMany(item => item)];

    /// <summary>The pairs as they stand, in whatever order.</summary>
    internal static byte[] Map(params IReadOnlyList<(string Key, byte[] Value)> pairs) =>
        [.. Head(5, (ulong)pairs.Count), .. pairs.SelectMany(pair => Text(pair.Key).Concat(pair.Value))];

    /// <summary>The pairs in canonical order: shorter keys first, then bytewise (keys are ASCII here).</summary>
    internal static byte[] SortedMap(params IEnumerable<(string Key, byte[] Value)> pairs) =>
        Map([.. pairs.OrderBy(pair => pair.Key.Length).ThenBy(pair => pair.Key, StringComparer.Ordinal)]);

    internal static byte[] Head(int major, ulong argument)
    {
        byte kind = (byte)(major << 5);
        switch (argument)
        {
            case < 24:
                return [(byte)(kind | argument)];
            case <= byte.MaxValue:
                return [(byte)(kind | 24), (byte)argument];
            case <= ushort.MaxValue:
                return [(byte)(kind | 25), (byte)(argument >> 8), (byte)argument];
        }
        byte[] head = new byte[argument <= uint.MaxValue ? 5 : 9];
        head[0] = (byte)(kind | (head.Length == 5 ? 26 : 27));
        if (head.Length == 5)
            BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(1), (uint)argument);
        else
            BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(1), argument);
        return head;
    }
}
