namespace Defms.Gateway.Delivery.Client;

/// <summary>
/// What a server answered to one command (RFC 5321, 4.2), or the fault that came in place of an answer: the connection broke, time ran out, or
/// what came was no reply. A fault ends its connection.
/// </summary>
internal sealed record RemoteReply
{
    private static readonly EnhancedCode NoAnswer = new(4, 4, 2);

    private RemoteReply(int code, EnhancedCode? enhanced, IReadOnlyList<string> lines, string verbatim)
    {
        Code = code;
        Enhanced = enhanced;
        Lines = lines;
        Verbatim = verbatim;
    }

    /// <summary>200 to 599; 0 for a fault.</summary>
    public int Code { get; }

    /// <summary>The enhanced code of the last line that has one whose class is that of the reply (RFC 2034).</summary>
    public EnhancedCode? Enhanced { get; }

    /// <summary>What stands behind the code on each line; of a fault our own words.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>The lines as they came, codes included, joined by LF; control characters are shown as question marks.</summary>
    public string Verbatim { get; }

    public bool IsFault => Code == 0;

    public bool IsPositive => Code is >= 200 and < 300;

    public bool IsPermanent => Code is >= 500 and < 600;

    /// <summary>421: the server will close the connection whatever was asked (RFC 5321, 3.8).</summary>
    public bool IsClosing => Code == 421;

    public static RemoteReply Of(int code, IReadOnlyList<string> lines, string verbatim)
    {
        EnhancedCode? enhanced = null;
        foreach (string line in lines)
        {
            if (EnhancedCode.TryRead(line) is { } found && found.Class == code / 100)
                enhanced = found;
        }
        return new RemoteReply(code, enhanced, lines, verbatim);
    }

    public static RemoteReply Fault(string words, EnhancedCode? code = null) => new(0, code ?? NoAnswer, [words], words);

    public override string ToString() => Verbatim;
}
