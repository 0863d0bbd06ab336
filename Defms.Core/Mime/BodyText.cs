namespace Defms.Core.Mime;

/// <summary>Turns a text part into the text that a reader sees, lines ending in LF.</summary>
internal static class BodyText
{
    public static string Of(MimePart part)
    {
        if (part.MediaType.Name == "text/html")
            return HtmlText.Read(part.DecodeText());
        string text = part.DecodeText().ReplaceLineEndings("\n");
        if (part.MediaType.Parameters["format"]?.Equals("flowed", StringComparison.OrdinalIgnoreCase) == true)
            return FlowedText.Join(text, deleteSpaces: part.MediaType.Parameters["delsp"]?.Equals("yes", StringComparison.OrdinalIgnoreCase) == true);
        return text;
    }
}
