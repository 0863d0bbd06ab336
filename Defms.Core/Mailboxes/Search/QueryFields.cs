namespace Defms.Core.Mailboxes.Search;

/// <summary>The words before a colon.</summary>
internal static class QueryFields
{
    internal const string All = "from:, to:, cc:, subject:, body:, attachment:, list:, label:, thread:, has:, is:, before:, after:, date:";

    private static readonly string[] Names =
        ["from", "to", "cc", "subject", "body", "attachment", "list", "label", "thread", "has", "is", "before", "after", "date"];

    internal static bool IsKnown(string name) => Names.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The field whose words a name stands for, or null for a name with values of another kind.</summary>
    internal static SearchField? OfWords(string name) => name.ToLowerInvariant() switch
    {
        "from" => SearchField.From,
        "to" => SearchField.To,
        "cc" => SearchField.Cc,
        "subject" => SearchField.Subject,
        "body" => SearchField.Body,
        "attachment" => SearchField.Attachment,
        "list" => SearchField.List,
        _ => null,
    };

    internal static SearchState? State(string name, string value) => (name.ToLowerInvariant(), value.ToLowerInvariant()) switch
    {
        ("has", "attachment") => SearchState.HasAttachment,
        ("is", "unread") => SearchState.Unread,
        ("is", "read") => SearchState.Read,
        ("is", "flagged") => SearchState.Flagged,
        ("is", "answered") => SearchState.Answered,
        ("is", "own") => SearchState.Own,
        _ => null,
    };

    /// <summary>The field that a name is a slip of the hand for, or null. People search for "Re:" and "http:" too.</summary>
    internal static string? Nearest(string name) =>
        name.Length < 4 ? null : Array.Find(Names, known => Math.Abs(known.Length - name.Length) <= 1 && IsSlip(name.ToLowerInvariant(), known));

    /// <summary>Whether one letter is wrong, missing or too much, or two neighbours are swapped.</summary>
    private static bool IsSlip(string typed, string meant)
    {
        int front = typed.AsSpan().CommonPrefixLength(meant);
        ReadOnlySpan<char> left = typed.AsSpan(front);
        ReadOnlySpan<char> right = meant.AsSpan(front);
        while (!left.IsEmpty && !right.IsEmpty && left[^1] == right[^1])
        {
            left = left[..^1];
            right = right[..^1];
        }
        return (left.Length <= 1 && right.Length <= 1) || (left.Length == 2 && right.Length == 2 && left[0] == right[1] && left[1] == right[0]);
    }
}
