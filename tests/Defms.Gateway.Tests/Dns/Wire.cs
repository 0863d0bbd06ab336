using System.Buffers.Binary;
using System.Text;
using Defms.Core;

namespace Defms.Gateway.Tests.Dns;

/// <summary>Writes DNS responses octet by octet, so that a test can also write wrong ones.</summary>
internal sealed class Wire
{
    private readonly List<byte> octets = [];
    private int answers;
    private int authority;

    public const int NoError = 0;
    public const int ServerFailure = 2;
    public const int NameError = 3;

    /// <summary>A response to a query: its id, its question as it was cased.</summary>
    public static Wire To(ReadOnlySpan<byte> query, int code = NoError, bool truncated = false)
    {
        var wire = new Wire();
        wire.octets.AddRange(query);
        wire.octets[2] = (byte)(0x81 | (truncated ? 0x02 : 0));
        wire.octets[3] = (byte)(0x80 | code);
        return wire;
    }

    /// <summary>The name in a query, as its letters were cased.</summary>
    public static string NameIn(ReadOnlySpan<byte> query)
    {
        var labels = new List<string>();
        for (int i = 12; query[i] != 0; i += query[i] + 1)
            labels.Add(Encoding.ASCII.GetString(query.Slice(i + 1, query[i])));
        return string.Join('.', labels);
    }

    public static int TypeIn(ReadOnlySpan<byte> query) => BinaryPrimitives.ReadUInt16BigEndian(query[^4..]);

    /// <summary>A record of class IN whose owner is the question's name, by compression pointer, or the given name.</summary>
    public Wire Answer(int type, uint lifetime, byte[] content, string? owner = null)
    {
        answers++;
        return Record(type, lifetime, content, owner);
    }

    public Wire Soa(uint lifetime, uint minimum)
    {
        authority++;
        byte[] end = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(end, minimum);
        return Record(6, lifetime, [.. Name("ns.example"), .. Name("hostmaster.example"), .. new byte[16], .. end], "example");
    }

    public Wire Raw(params byte[] raw)
    {
        octets.AddRange(raw);
        return this;
    }

    public byte[] ToArray(int? answerCount = null)
    {
        byte[] message = [.. octets];
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), (ushort)(answerCount ?? answers));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(8), (ushort)authority);
        return message;
    }

    public static byte[] Name(string name)
    {
        var wire = new List<byte>();
        foreach (string label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
            wire.AddRange([(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]);
        return [.. wire, 0];
    }

    public static byte[] Text(params string[] strings) =>
        [.. strings.SelectMany(text => Encoding.Latin1.GetBytes(text).Prepend((byte)text.Length))];

    private Wire Record(int type, uint lifetime, byte[] content, string? owner)
    {
        octets.AddRange(owner is null ? [0xC0, 12] : Name(owner));
        byte[] fixedPart = new byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart.AsSpan(2), 1);
        BinaryPrimitives.WriteUInt32BigEndian(fixedPart.AsSpan(4), lifetime);
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart.AsSpan(8), (ushort)content.Length);
        octets.AddRange(fixedPart);
        octets.AddRange(content);
        return this;
    }
}

/// <summary>Repeatable chance.</summary>
internal sealed class SeededRandom(int seed) : RandomSource
{
#pragma warning disable RS0030 // The seed stands in the test.
    private readonly Random random = new(seed);
#pragma warning restore RS0030

    public override void Fill(Span<byte> destination)
    {
        lock (random)
            random.NextBytes(destination);
    }

    public int Below(int bound)
    {
        lock (random)
            return random.Next(bound);
    }
}

/// <summary>A clock that a test turns on.</summary>
internal sealed class TurnedClock(long unixSeconds = 1_700_000_000) : TimeProvider
{
    private DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(unixSeconds);

    public override DateTimeOffset GetUtcNow() => now;

    public void Advance(TimeSpan by) => now += by;
}
