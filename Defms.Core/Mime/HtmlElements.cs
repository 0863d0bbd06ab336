using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;

namespace Defms.Core.Mime;

/// <summary>What the names of HTML elements mean for reading their text (HTML Living Standard, 13 and 15).</summary>
internal static class HtmlElements
{
    private const int MaxLink = 2_000;

    /// <summary>How the tokenizer must read what follows a start tag.</summary>
    public static HtmlParseMode ContentOf(string name) => name switch
    {
        "script" => HtmlParseMode.Script,
        "style" or "xmp" or "iframe" or "noembed" or "noframes" => HtmlParseMode.Rawtext,
        "title" or "textarea" => HtmlParseMode.RCData,
        _ => HtmlParseMode.PCData,
    };

    public static bool IsVoid(string name) => name is "area" or "base" or "br" or "col" or "embed" or "hr" or "img" or "input" or "link" or "meta"
        or "param" or "source" or "track" or "wbr" or "basefont" or "bgsound" or "frame";

    /// <summary>Elements whose end tag people leave out.</summary>
    public static bool ClosesItself(string name) => name is "p" or "li" or "td" or "th" or "tr" or "dt" or "dd" or "option";

    public static bool IsParagraph(string name) =>
        name is "p" or "h1" or "h2" or "h3" or "h4" or "h5" or "h6" or "blockquote" or "pre" or "ul" or "ol" or "dl" or "hr";

    public static bool IsBlock(string name) => name is "div" or "table" or "tr" or "li" or "dt" or "dd" or "center" or "section" or "article" or "header"
        or "footer" or "address" or "form" or "fieldset" or "body" or "html" or "thead" or "tbody" or "tfoot" or "caption" or "main" or "nav" or "aside"
        or "figure" or "figcaption" or "details" or "summary" or "option" or "legend";

    public static bool IsHidden(HtmlTagToken tag)
    {
        if (tag.Name is "script" or "style" or "head" or "title" or "template" or "iframe" or "noembed" or "noframes" or "object" or "svg" or "math")
            return true;
        if (tag.GetAttribute("style") is not { Length: > 0 } style)
            return tag.Attributes.Exists(attribute => attribute.Name == "hidden");
        style = style.Replace(" ", "", StringComparison.Ordinal);
        return style.Contains("display:none", StringComparison.OrdinalIgnoreCase)
            || style.Contains("visibility:hidden", StringComparison.OrdinalIgnoreCase)
            || style.Contains("mso-hide:all", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The address of a link that leads out of the message; null for any other.</summary>
    public static string? LinkOf(HtmlTagToken tag)
    {
        string link = string.Concat((tag.GetAttribute("href") ?? "").Where(c => !char.IsControl(c) && c != ' '));
        bool leadsOut = link.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || link.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            || link.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) || link.StartsWith("ftp://", StringComparison.OrdinalIgnoreCase);
        return leadsOut && link.Length <= MaxLink ? link : null;
    }
}
