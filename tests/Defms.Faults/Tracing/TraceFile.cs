namespace Defms.Faults.Tracing;

/// <summary>What strace wrote down.</summary>
internal static class TraceFile
{
    /// <summary>How often the busiest thread made each call, in the order of <see cref="Strace.FileCalls"/>.</summary>
    public static IReadOnlyList<(string Call, int Times)> Count(IEnumerable<string> lines)
    {
        Dictionary<string, int> counts = lines.Select(Begun).OfType<(string Thread, string Call)>().CountBy(begun => begun)
            .GroupBy(pair => pair.Key.Call, pair => pair.Value)
            .ToDictionary(group => group.Key, Enumerable.Max);
        return [.. Strace.FileCalls.Where(counts.ContainsKey).Select(call => (call, counts[call]))];
    }

    /// <summary>Every place where an operation can be broken off that went so without a fault.</summary>
    public static IReadOnlyList<Fault> Faults(IEnumerable<string> lines, Harm harm) =>
    [
        .. Count(lines).Where(count => IsHarmed(count.Call, harm))
            .SelectMany(count => Enumerable.Range(1, count.Times).Select(turn => new Fault(harm, count.Call, turn))),
    ];

    private static bool IsHarmed(string call, Harm harm) => harm switch
    {
        Harm.Kill => true,
        Harm.NoSpace => call is "pwrite64" or "mkdir" or "mkdirat",
        _ => call is "fsync" or "fdatasync",
    };

    /// <summary>Which thread begins which call; null for a line that tells something else, such as the end of a call that was told of in two.</summary>
    private static (string Thread, string Call)? Begun(string line)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int name = words.Length == 2 ? words[1].IndexOf('(') : -1;
        return name > 0 && words[1][..name].All(char.IsAsciiLetterOrDigit) ? (words[0], words[1][..name]) : null;
    }
}
