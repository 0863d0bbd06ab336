using System.Text;

namespace Defms.Gateway.Delivery.Client;

/// <summary>
/// Reads replies (RFC 5321, 4.2.1) from octets in pieces of any size. Lines may end with a bare LF, as some servers write. What is no reply
/// becomes a fault, and so does more than the limits allow; the parser is of no use after that.
/// </summary>
internal sealed class ReplyParser
{
    /// <summary>Octets of a line. RFC 5321, 4.5.3.1.5 allows 512; a few servers write their whole policy on one line.</summary>
    public const int MaxLine = 2048;

    /// <summary>Lines of one reply. The longest EHLO seen in the wild has about thirty.</summary>
    public const int MaxLines = 100;

    private readonly List<byte> line = [];
    private readonly List<string> lines = [];
    private readonly StringBuilder verbatim = new();
    private int code;

    /// <summary>Whether a reply has begun and is not complete.</summary>
    public bool IsInside => line.Count > 0 || lines.Count > 0;

    /// <summary>Takes octets until a reply is complete or they are used up.</summary>
    /// <param name="octets">What came, at most up to the end of a reply is taken.</param>
    /// <param name="taken">How many octets were taken.</param>
    /// <returns>The reply or fault; null when more octets are needed.</returns>
    public RemoteReply? Take(ReadOnlySpan<byte> octets, out int taken)
    {
        taken = 0;
        while (taken < octets.Length)
        {
            ReadOnlySpan<byte> rest = octets[taken..];
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> piece = end < 0 ? rest : rest[..end];
            if (line.Count + piece.Length > MaxLine)
                return RemoteReply.Fault($"the server's reply has a line of more than {MaxLine} octets");
            line.AddRange(piece);
            taken += end < 0 ? piece.Length : piece.Length + 1;
            if (end >= 0 && EndLine() is { } reply)
                return reply;
        }
        return null;
    }

    private RemoteReply? EndLine()
    {
        string text = Decode();
        line.Clear();
        if (!TrySplit(text, out int lineCode, out bool isLast, out string words))
            return RemoteReply.Fault($"the server sent what is no reply: {Excerpt(text)}");
        if (lines.Count > 0 && lineCode != code)
            return RemoteReply.Fault($"the lines of the server's reply have different codes: {code} and {lineCode}");
        if (lines.Count == MaxLines)
            return RemoteReply.Fault($"the server's reply has more than {MaxLines} lines");
        code = lineCode;
        lines.Add(words);
        verbatim.Append(verbatim.Length > 0 ? "\n" : "").Append(text);
        return isLast ? Complete() : null;
    }

    private RemoteReply Complete()
    {
        RemoteReply reply = RemoteReply.Of(code, [.. lines], verbatim.ToString());
        lines.Clear();
        verbatim.Clear();
        return reply;
    }

    /// <summary>RFC 5321 lets a reply be a code alone, without the space behind it.</summary>
    private static bool TrySplit(string text, out int code, out bool isLast, out string words)
    {
        code = 0;
        isLast = text.Length < 4 || text[3] == ' ';
        words = text.Length > 4 ? text[4..] : "";
        if (text.Length < 3 || text[0] is < '2' or > '5' || !char.IsAsciiDigit(text[1]) || !char.IsAsciiDigit(text[2]))
            return false;
        code = ((text[0] - '0') * 100) + ((text[1] - '0') * 10) + text[2] - '0';
        return isLast || text[3] == '-';
    }

    /// <summary>UTF-8 as RFC 6531, 3.7.4 has it; other octets and control characters become question marks.</summary>
    private string Decode()
    {
        while (line.Count > 0 && line[^1] == '\r')
            line.RemoveAt(line.Count - 1);
        string text = Encoding.UTF8.GetString([.. line]);
        return string.Create(text.Length, text, static (shown, from) =>
        {
            for (int i = 0; i < from.Length; i++)
                shown[i] = from[i] == '\t' ? ' ' : char.IsControl(from[i]) || from[i] == '\uFFFD' ? '?' : from[i];
        });
    }

    private static string Excerpt(string text) => text.Length <= 80 ? text : text[..80];
}
