namespace Defms.Cli.Rendering;

/// <summary>
/// The first mailbox in a list row's From or To, which the index wrote as <c>Name &lt;local@domain&gt;, …</c>. Read lightly: the full reader of
/// addresses would take longer to load than the list to print.
/// </summary>
internal readonly record struct FirstMailbox(string Name, string Address)
{
    public string Shown => Name.Length > 0 ? Name : Address.Length > 0 ? Address : "(nobody)";

    public static FirstMailbox Of(string header)
    {
        (string name, int end) = header.StartsWith('"') ? Quoted(header) : ("", 0);
        int comma = header.IndexOf(',', end);
        ReadOnlySpan<char> first = header.AsSpan(end, (comma < 0 ? header.Length : comma) - end);
        int open = first.IndexOf('<');
        if (open < 0)
            return new FirstMailbox(name, first.Trim().ToString());
        string plain = first[..open].Trim().ToString();
        return new FirstMailbox(name.Length > 0 ? name : plain, first[(open + 1)..].TrimEnd("> ").ToString());
    }

    /// <summary>What stands between quotes, and where the rest begins.</summary>
    private static (string Name, int End) Quoted(string header)
    {
        int at = 1;
        var name = new System.Text.StringBuilder();
        while (at < header.Length && header[at] != '"')
        {
            if (header[at] == '\\' && at + 1 < header.Length)
                at++;
            name.Append(header[at++]);
        }
        return (name.ToString(), Math.Min(at + 1, header.Length));
    }
}
