namespace Defms.Core.Mailboxes.Search;

/// <summary>Text with the places that were found.</summary>
/// <param name="Marks">In order, none over another.</param>
public sealed record MarkedText(string Text, IReadOnlyList<TextMark> Marks);

/// <summary>A place in a text, in UTF-16 units.</summary>
public sealed record TextMark(int Start, int Length);
