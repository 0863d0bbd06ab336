using System.Buffers.Binary;
using System.Text;

namespace Defms.Gateway.Dns;

/// <summary>
/// Reads the pieces of a DNS message from any octets. Never throws: what does not fit sets <see cref="Failed"/>, and every later read gives
/// nothing. Work is bounded: a name costs at most its 255 octets and as many jumps, because each compression pointer must lead further back.
/// </summary>
internal ref struct DnsReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> message = message;

    public int Position { get; private set; }

    public bool Failed { get; private set; }

    public ushort ReadUInt16() => Take(2, out ReadOnlySpan<byte> octets) ? BinaryPrimitives.ReadUInt16BigEndian(octets) : (ushort)0;

    public uint ReadUInt32() => Take(4, out ReadOnlySpan<byte> octets) ? BinaryPrimitives.ReadUInt32BigEndian(octets) : 0;

    public ReadOnlySpan<byte> ReadOctets(int count)
    {
        _ = Take(count, out ReadOnlySpan<byte> octets);
        return octets;
    }

    public void MoveTo(int position)
    {
        if (position > message.Length)
            Fail();
        else
            Position = position;
    }

    /// <summary>A name in lower case without the last dot; the root is empty.</summary>
    public string ReadName()
    {
        var name = new StringBuilder(64);
        int position = Position;
        int bound = Position;
        int after = -1;
        int wire = 1;
        while (!Failed && TryLabel(position, out ReadOnlySpan<byte> label, out int jump))
        {
            if (jump >= 0)
            {
                after = after < 0 ? position + 2 : after;
                if (jump >= bound)
                    return Fail();
                position = bound = jump;
                continue;
            }

            position += 1 + label.Length;
            if (label.IsEmpty)
            {
                Position = after < 0 ? position : after;
                return name.ToString().ToLowerInvariant();
            }

            wire += 1 + label.Length;
            if (wire > DnsName.MaxWire)
                return Fail();
            if (name.Length > 0)
                name.Append('.');
            DnsName.AppendLabel(name, label);
        }

        return Fail();
    }

    /// <summary>The label or pointer at a position; false when the message ends in it or its two upper bits mean nothing (RFC 1035, 4.1.4).</summary>
    private readonly bool TryLabel(int position, out ReadOnlySpan<byte> label, out int jump)
    {
        label = default;
        jump = -1;
        if (position >= message.Length)
            return false;
        int length = message[position];
        if (length >= 0xC0)
        {
            if (position + 1 >= message.Length)
                return false;
            jump = ((length & 0x3F) << 8) | message[position + 1];
            return true;
        }

        if (length > DnsName.MaxLabel || position + 1 + length > message.Length)
            return false;
        label = message.Slice(position + 1, length);
        return true;
    }

    private bool Take(int count, out ReadOnlySpan<byte> octets)
    {
        if (Failed || count > message.Length - Position)
        {
            octets = default;
            Fail();
            return false;
        }

        octets = message.Slice(Position, count);
        Position += count;
        return true;
    }

    private string Fail()
    {
        Failed = true;
        return "";
    }
}
