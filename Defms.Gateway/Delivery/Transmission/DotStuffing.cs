using System.Buffers;

namespace Defms.Gateway.Delivery.Transmission;

/// <summary>
/// Doubles the dot that a line begins with (RFC 5321, 4.5.2) in octets that come in pieces. Only for octets that <see cref="LineEnds"/> has seen:
/// there a line begins behind CRLF and nowhere else.
/// </summary>
internal sealed class DotStuffing(IBufferWriter<byte> output)
{
    private bool isAtLineStart = true;

    public void Write(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (isAtLineStart && octets[0] == '.')
                output.Write("."u8);
            int end = octets.IndexOf((byte)'\n');
            isAtLineStart = end >= 0;
            int length = end < 0 ? octets.Length : end + 1;
            output.Write(octets[..length]);
            octets = octets[length..];
        }
    }
}
