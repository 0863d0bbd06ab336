using System.Globalization;

namespace Defms.Faults.Promises;

/// <summary>A moment in a trace that <c>strace -f -y -xx</c> wrote: a call that begins, or has ended, or both where nobody came in between.</summary>
/// <param name="Path">The file or socket that the call is about, as Linux names it; empty if none.</param>
/// <param name="Octets">The beginning of what is written or was read.</param>
/// <param name="Length">The number behind the octets: how many were handed over. 0 if there is none.</param>
/// <param name="Result">What the call came to; -1 while it has not ended.</param>
internal sealed record TraceEvent(string Thread, string Call, string Path, byte[] Octets, long Length, bool Begins, bool Ends, long Result)
{
    private const string Unfinished = "<unfinished ...>";
    private const string Resumed = "<... ";

    /// <summary>The moments in their order. Lines that tell of no call, such as the end of a thread, are passed over.</summary>
    public static IReadOnlyList<TraceEvent> Read(IEnumerable<string> lines)
    {
        var pending = new Dictionary<string, TraceEvent>();
        var events = new List<TraceEvent>();
        foreach (string line in lines)
        {
            string[] words = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 2 && ReadOne(words[0], words[1], pending) is { } one)
                events.Add(one);
        }
        return events;
    }

    private static TraceEvent? ReadOne(string thread, string text, Dictionary<string, TraceEvent> pending)
    {
        if (text.StartsWith(Resumed, StringComparison.Ordinal))
            return pending.Remove(thread, out TraceEvent? begun) ? End(begun, text) : null;
        int open = text.IndexOf('(');
        if (open <= 0 || !text[..open].All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            return null;
        string call = text[..open], arguments = text[(open + 1)..];
        (byte[] octets, long length) = OctetsOf(arguments);
        var made = new TraceEvent(thread, call, PathOf(arguments), octets, length, Begins: true, Ends: false, -1);
        if (text.EndsWith(Unfinished, StringComparison.Ordinal))
            return pending[thread] = made;
        return made with { Ends = true, Result = ResultOf(text) };
    }

    /// <summary>What was read is told only now.</summary>
    private static TraceEvent End(TraceEvent begun, string text)
    {
        (byte[] octets, _) = OctetsOf(text);
        return begun with { Octets = octets.Length > 0 ? octets : begun.Octets, Begins = false, Ends = true, Result = ResultOf(text) };
    }

    private static long ResultOf(string text)
    {
        int place = text.LastIndexOf(") = ", StringComparison.Ordinal);
        string number = place < 0 ? "" : text[(place + 4)..].Split(' ')[0];
        return long.TryParse(number, CultureInfo.InvariantCulture, out long result) ? result : -1;
    }

    private static string PathOf(string arguments)
    {
        int open = arguments.IndexOf('<'), close = arguments.IndexOf('>');
        return open >= 0 && close > open ? System.Text.Encoding.UTF8.GetString(Decode(arguments[(open + 1)..close])) : "";
    }

    /// <summary>The first text in quotation marks, and the number that follows it.</summary>
    private static (byte[] Octets, long Length) OctetsOf(string arguments)
    {
        int open = arguments.IndexOf('"');
        int close = open < 0 ? -1 : arguments.IndexOf('"', open + 1);
        if (close < 0)
            return ([], 0);
        string number = new([.. arguments[(close + 1)..].SkipWhile(c => c is '.' or ',' or ' ').TakeWhile(char.IsAsciiDigit)]);
        return (Decode(arguments[(open + 1)..close]), number.Length > 0 ? long.Parse(number, CultureInfo.InvariantCulture) : 0);
    }

    /// <summary><c>\x41</c> for each octet; what is not written so stands for itself.</summary>
    private static byte[] Decode(string text)
    {
        var octets = new List<byte>();
        for (int i = 0; i < text.Length; i++)
        {
            bool isCoded = text[i] == '\\' && i + 3 < text.Length && text[i + 1] == 'x';
            octets.Add(isCoded ? byte.Parse(text.AsSpan(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : (byte)text[i]);
            i += isCoded ? 3 : 0;
        }
        return [.. octets];
    }
}
