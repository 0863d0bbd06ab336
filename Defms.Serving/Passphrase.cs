using System.Text;

namespace Defms.Serving;

/// <summary>Where the passphrase of a locked identity comes from.</summary>
public static class Passphrase
{
    private const string Variable = "DEFMS_PASSPHRASE";

    /// <summary>The variable's value, else what is typed on a terminal; null where there is neither.</summary>
    public static string? Get(TextWriter prompt) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : Console.IsInputRedirected ? null : Ask(prompt);

    private static string Ask(TextWriter prompt)
    {
        prompt.Write("Passphrase: ");
        var typed = new StringBuilder();
        // Ctrl-D too ends it: a terminal that has no more to give never sends Enter.
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter, KeyChar: not '\u0004' } key)
        {
            if (key.Key == ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                typed.Append(key.KeyChar);
        }
        prompt.WriteLine();
        return typed.ToString();
    }
}
