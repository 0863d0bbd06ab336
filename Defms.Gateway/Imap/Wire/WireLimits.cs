namespace Defms.Gateway.Imap.Wire;

/// <summary>The budgets of reading from a server that may be hostile. All octets are counted as they come over the wire.</summary>
public sealed record WireLimits
{
    public static WireLimits Default { get; } = new();

    /// <summary>
    /// Longest answer, line ends and small literals included, without the mail in it. A list of vanished mails in a folder of 100,000 with
    /// every second one gone takes 700 KB.
    /// </summary>
    public int ResponseOctets { get; init; } = 1024 * 1024;

    /// <summary>Longest literal that is not a mail: names of folders, which are short everywhere.</summary>
    public int LiteralOctets { get; init; } = 64 * 1024;

    /// <summary>Largest mail that is taken. Larger ones are read over, without being held in memory, and reported.</summary>
    public long MessageOctets { get; init; } = 50L * 1024 * 1024;

    /// <summary>Most tokens in one answer; what Defms asks for has some dozens, and a folder with hundreds of keywords some hundreds.</summary>
    public int Tokens { get; init; } = 10_000;

    /// <summary>Deepest nesting of lists; what Defms asks for has two levels.</summary>
    public int Depth { get; init; } = 16;

    /// <summary>Most octets in answer to one command, mails not counted: the flags of two million mails.</summary>
    public long CommandOctets { get; init; } = 128L * 1024 * 1024;
}
