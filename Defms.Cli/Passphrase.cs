using System.Text;
using Defms.Cli.Rendering;

namespace Defms.Cli;

/// <summary>The passphrase of an identity: from DEFMS_PASSPHRASE, else from the terminal, without echo.</summary>
internal static class Passphrase
{
    private const string Variable = "DEFMS_PASSPHRASE";
    private const char EndOfInput = '\u0004';

    /// <summary>The passphrase that unlocks an identity.</summary>
    /// <exception cref="CommandException">There is neither the variable nor a terminal to ask on.</exception>
    public static string Ask(Screen screen)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return given;
        if (Console.IsInputRedirected)
            throw new CommandException($"The identity is locked. Give its passphrase in {Variable}, or run this on a terminal.");
        return ReadHidden(screen, "Passphrase: ");
    }

    /// <summary>A new passphrase, asked for twice on a terminal; empty for none.</summary>
    /// <exception cref="CommandException">The two differ.</exception>
    public static string Choose(Screen screen)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } given)
            return given;
        if (Console.IsInputRedirected)
            return "";
        string first = ReadHidden(screen, "Passphrase to lock your identity with (empty for none): ");
        if (first.Length > 0 && ReadHidden(screen, "The same again: ") != first)
            throw new CommandException("The two passphrases differ. Nothing was made.");
        return first;
    }

    public static string ReadHidden(Screen screen, string prompt)
    {
        screen.Text(prompt);
        screen.Flush();
        var typed = new StringBuilder();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
                break;
            // Ctrl-D, or a terminal that has no more to give: nobody will press Enter.
            if (key.KeyChar == EndOfInput)
                throw new OperationCanceledException();
            if (key.Key == ConsoleKey.Backspace)
                typed.Length -= Math.Min(typed.Length, 1);
            else if (!char.IsControl(key.KeyChar))
                typed.Append(key.KeyChar);
        }
        screen.Line();
        screen.Flush();
        return typed.ToString();
    }
}
