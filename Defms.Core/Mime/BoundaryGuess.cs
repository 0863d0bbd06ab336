namespace Defms.Core.Mime;

/// <summary>Guesses the boundary of a multipart that does not name it, or names one that never comes.</summary>
internal static class BoundaryGuess
{
    // RFC 2046, 5.1.1 allows 70 characters.
    private const int MaxLength = 70;

    /// <summary>What follows "--" on the first line that looks like a delimiter with a header behind it; empty when there is none.</summary>
    public static ReadOnlySpan<byte> In(ReadOnlySpan<byte> body, byte lineEnd)
    {
        while (!body.IsEmpty)
        {
            int end = body.IndexOf(lineEnd);
            ReadOnlySpan<byte> line = (end < 0 ? body : body[..end]).TrimEnd(" \t\r"u8);
            ReadOnlySpan<byte> rest = end < 0 ? default : body[(end + 1)..];
            if (line.Length is > 2 and <= MaxLength + 2 && line.StartsWith("--"u8) && !IsRuler(line) && MailSyntax.StartsWithIgnoreCase(rest, "Content-"u8))
                return line[2..];
            body = rest;
        }

        return default;
    }

    /// <summary>A line of nothing but hyphens, or one with spaces, is drawn by people.</summary>
    private static bool IsRuler(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)'-') < 0 || line.Contains((byte)' ');
}
