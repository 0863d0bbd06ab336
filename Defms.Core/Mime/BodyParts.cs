namespace Defms.Core.Mime;

/// <summary>
/// Chooses which parts are the text that a reader sees and which are attachments, by the rules of JMAP (RFC 8621, 4.1.4), on a stack of its own instead
/// of recursion. Unlike there a picture shown inline is an attachment as well: whoever lists the files of a message wants to see it. Parts inside
/// embedded messages belong to those messages.
/// </summary>
internal sealed class BodyParts
{
    public List<MimePart> Text { get; } = [];

    public List<MimePart> Html { get; } = [];

    public List<MimePart> Attachments { get; } = [];

    public static BodyParts Choose(MimePart root)
    {
        var chosen = new BodyParts();
        chosen.Walk(root);
        return chosen;
    }

    private void Walk(MimePart root)
    {
        var levels = new Stack<Level>();
        levels.Push(new Level([root], "mixed", InAlternative: false, ToText: true, ToHtml: true));
        while (levels.TryPeek(out Level? level))
        {
            if (level.Next == level.Parts.Count)
            {
                levels.Pop();
                Finish(level);
                continue;
            }

            MimePart part = level.Parts[level.Next++];
            if (part.MediaType.IsMultipart && part.Children.Count > 0)
                levels.Push(Below(part, level));
            else
                Place(part, level);
        }
    }

    private Level Below(MimePart part, Level level)
    {
        string kind = part.MediaType.Name["multipart/".Length..];
        return new Level(part.Children, kind, level.InAlternative || kind == "alternative", level.ToText, level.ToHtml)
        {
            TextBefore = Text.Count,
            HtmlBefore = Html.Count,
        };
    }

    private void Place(MimePart part, Level level)
    {
        bool isFirst = level.Next == 1;
        bool isBody = part.Disposition != "attachment" && (IsShownText(part) || IsShownMedia(part))
            && (isFirst || (level.Kind != "related" && (IsShownMedia(part) || part.FileName is null)));
        if (!isBody)
            Attachments.Add(part);
        else if (level.Kind == "alternative")
            PlaceAlternative(part);
        else
            PlaceInline(part, level);
    }

    private void PlaceAlternative(MimePart part)
    {
        if (part.MediaType.Name == "text/html")
            Html.Add(part);
        else if (part.MediaType.IsText || part.MediaType.IsMultipart)
            Text.Add(part);
        else
            Attachments.Add(part);
    }

    private void PlaceInline(MimePart part, Level level)
    {
        if (level.InAlternative && part.MediaType.Name == "text/plain")
            level.ToHtml = false;
        if (level.InAlternative && part.MediaType.Name == "text/html")
            level.ToText = false;
        if (level.ToText)
            Text.Add(part);
        if (level.ToHtml)
            Html.Add(part);
        if (IsShownMedia(part))
            Attachments.Add(part);
    }

    /// <summary>An alternative that offered only one kind of text serves both.</summary>
    private void Finish(Level level)
    {
        if (level.Kind != "alternative" || !level.ToText || !level.ToHtml)
            return;
        if (Text.Count == level.TextBefore && Html.Count > level.HtmlBefore)
            Text.AddRange(Html.GetRange(level.HtmlBefore, Html.Count - level.HtmlBefore));
        else if (Html.Count == level.HtmlBefore && Text.Count > level.TextBefore)
            Html.AddRange(Text.GetRange(level.TextBefore, Text.Count - level.TextBefore));
    }

    /// <summary>A multipart that could not be split is shown as the text it is, and so is a message that is nothing but a rare kind of text.</summary>
    private static bool IsShownText(MimePart part) =>
        part.MediaType.Name is "text/plain" or "text/html" || part.MediaType.IsMultipart || (part.MediaType.IsText && part.Parent?.MediaType.IsMultipart != true);

    private static bool IsShownMedia(MimePart part) =>
        part.MediaType.Name.StartsWith("image/", StringComparison.Ordinal)
        || part.MediaType.Name.StartsWith("audio/", StringComparison.Ordinal)
        || part.MediaType.Name.StartsWith("video/", StringComparison.Ordinal);

    private sealed record Level(IReadOnlyList<MimePart> Parts, string Kind, bool InAlternative, bool ToText, bool ToHtml)
    {
        public int Next { get; set; }

        public bool ToText { get; set; } = ToText;

        public bool ToHtml { get; set; } = ToHtml;

        public int TextBefore { get; init; }

        public int HtmlBefore { get; init; }
    }
}
