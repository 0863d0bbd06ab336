using System.Buffers;
using Defms.Core.Blocks;

namespace Defms.Core.Mailboxes;

/// <summary>
/// Finds threads and messages by the front of their CID, with or without the prefix that all of them share
/// (<see cref="Cid.ConstantPrefixLength"/>).
/// </summary>
public static class Naming
{
    private const string Prefix = "bafyrei";
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const int TextLength = 59;

    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphabet);

    /// <exception cref="MailboxException">It names none or several.</exception>
    public static Cid Thread(IMailTables tables, string text) =>
        Single(text, "thread", "'defms threads' lists them", (low, high) => tables.Threads.Between(low, high, 3));

    /// <exception cref="MailboxException">It names none or several.</exception>
    public static Cid Forgotten(IMailTables tables, string text) =>
        Single(text, "forgotten thread", "'defms forget' named them when they went", (low, high) => tables.Threads.ForgottenBetween(low, high, 3));

    /// <exception cref="MailboxException">It names none or several.</exception>
    public static Cid Message(IMailTables tables, string text) =>
        Single(text, "message", "'defms show THREAD --json' lists them", (low, high) => tables.Messages.Between(low, high, 3));

    private static Cid Single(string text, string what, string hint, Func<Cid, Cid, IReadOnlyList<Cid>> between)
    {
        if (!TryBounds(text, out Cid low, out Cid high))
            throw new MailboxException($"'{text}' is no name of a {what}: names are CIDs, or their first letters after '{Prefix}'.", MailboxFault.NotFound);
        IReadOnlyList<Cid> found = between(low, high);
        return found.Count switch
        {
            1 => found[0],
            0 => throw new MailboxException($"There is no {what} '{text}' here; {hint}.", MailboxFault.NotFound),
            _ => throw new MailboxException($"'{text}' names more than one {what}; give more letters.", MailboxFault.Usage),
        };
    }

    /// <summary>The smallest and the largest name that begin with these letters.</summary>
    private static bool TryBounds(string text, out Cid low, out Cid high)
    {
        high = default;
        string full = text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && text.Length > Prefix.Length ? text : Prefix + text;
        full = full.ToLowerInvariant();
        low = default;
        if (full.Length > TextLength || full.AsSpan(1).ContainsAnyExcept(Letters))
            return false;
        return TryPad(full, 'a', out low) && TryPad(full, '7', out high);
    }

    private static bool TryPad(string text, char fill, out Cid cid)
    {
        // The last letter carries three bits only; its two lowest are always zero.
        string padded = text.PadRight(TextLength, fill);
        char last = Alphabet[Alphabet.IndexOf(padded[^1]) & ~0b11];
        return Cid.TryParse($"{padded.AsSpan(0, TextLength - 1)}{last}", out cid);
    }
}
