using System.Text;

namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>Makes few ways of many: numbers and names of blocks do not tell two refusals apart.</summary>
internal static class Outcome
{
    public static string Of(string? refusal)
    {
        var text = new StringBuilder();
        foreach (string word in (refusal ?? "whole").Split(' '))
            text.Append(word.Length > 20 || word.Any(char.IsAsciiDigit) ? '#' : ' ').Append(word.Length > 20 || word.Any(char.IsAsciiDigit) ? "" : word);
        return text.ToString();
    }

    /// <summary>0, 1, 2, 4, 8, …: how many, roughly.</summary>
    public static int About(long number) => number <= 0 ? 0 : 1 << (int)Math.Min(30, Math.Log2(number));
}
