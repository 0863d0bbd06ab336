namespace Defms.Core.Mime;

/// <summary>File names that strangers give to attachments.</summary>
internal static class FileNames
{
    // What common file systems hold, in characters.
    private const int MaxLength = 255;

    /// <summary>The last segment of a path of any system, without control and direction characters; null when nothing is left.</summary>
    public static string? Clean(string? name)
    {
        if (name is null)
            return null;
        name = name[(name.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
        string clean = string.Concat(name.Where(c => !char.IsControl(c) && !IsDirection(c))).Trim();
        if (clean.Length > MaxLength)
            clean = clean[^MaxLength..];
        return clean.Trim('.').Length == 0 ? null : clean;
    }

    /// <summary>Marks that turn the direction of text make "exe.txt" out of "txt.exe".</summary>
    private static bool IsDirection(char c) => c is '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
