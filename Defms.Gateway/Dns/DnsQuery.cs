using System.Buffers.Binary;
using System.Text;
using Defms.Core;

namespace Defms.Gateway.Dns;

/// <summary>
/// One query on the wire (RFC 1035, 4.1): a random id and random letter case in the name, which a response must give back. With the source port that
/// the system chooses for each socket, that is what a forger off the path would have to guess.
/// </summary>
internal sealed class DnsQuery
{
    public const int HeaderLength = 12;

    private const ushort RecursionDesired = 0x0100;
    private const byte ClassIn = 1;

    private DnsQuery(DnsQuestion question, byte[] octets)
    {
        Question = question;
        Octets = octets;
    }

    public DnsQuestion Question { get; }

    public byte[] Octets { get; }

    /// <summary>The question section: name as cased, type, class.</summary>
    public ReadOnlySpan<byte> QuestionSection => Octets.AsSpan(HeaderLength);

    public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(Octets);

    public static DnsQuery Create(DnsQuestion question, RandomSource random)
    {
        var wire = new List<byte>(HeaderLength + question.Name.Length + 6);
        wire.AddRange(new byte[HeaderLength]);
        DnsName.Write(wire, RandomCase(question.Name, random));
        wire.AddRange([(byte)((int)question.Type >> 8), (byte)question.Type, 0, ClassIn]);
        byte[] octets = [.. wire];
        random.Fill(octets.AsSpan(0, 2));
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), RecursionDesired);
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(4), 1);
        return new DnsQuery(question, octets);
    }

    private static string RandomCase(string name, RandomSource random)
    {
        byte[] chance = random.Bytes(name.Length);
        var cased = new StringBuilder(name.Length);
        for (int i = 0; i < name.Length; i++)
            cased.Append((chance[i] & 1) == 0 ? name[i] : char.ToUpperInvariant(name[i]));
        return cased.ToString();
    }
}
