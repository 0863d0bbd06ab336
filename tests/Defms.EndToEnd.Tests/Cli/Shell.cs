using System.Text;

namespace Defms.EndToEnd.Tests.Cli;

/// <summary>Reads a command line as a shell does, as far as examples need it: quotes, and redirections that end it.</summary>
internal static class Shell
{
    /// <summary>The arguments behind the program's name.</summary>
    public static string[] Arguments(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        char quote = '\0';
        foreach (char c in line + " ")
        {
            if (quote != '\0' || c is '\'' or '"')
                quote = quote == '\0' ? c : c == quote ? '\0' : Append(word, c, quote);
            else if (c != ' ')
                word.Append(c);
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
        return [.. words.Skip(1).TakeWhile(text => text is not ("<" or ">" or "|" or "&&" or "#"))];
    }

    private static char Append(StringBuilder word, char c, char quote)
    {
        word.Append(c);
        return quote;
    }
}
