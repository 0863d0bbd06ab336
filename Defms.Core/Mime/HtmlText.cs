using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;
using AngleSharp.Text;

namespace Defms.Core.Mime;

/// <summary>
/// The text of an HTML body as a reader would see it: paragraphs, lists, quotes with "> ", links numbered and listed at the end; nothing that is hidden,
/// no styles, no scripts. It works on the tokens alone (AngleSharp's tokenizer, which is linear), so deep nesting costs nothing.
/// </summary>
internal sealed class HtmlText
{
    // Nobody reads further; a newsletter is under a tenth of this.
    private const int MaxLength = 4_000_000;
    private const int MaxLinks = 1_000;
    private const int MaxOpen = 500;

    private readonly ReadableLines _lines = new();
    private readonly List<Element> _open = [];
    private readonly List<string> _links = [];
    private int _hidden;

    public static string Read(string html)
    {
        var reader = new HtmlText();
        reader.ReadTokens(html.Length > MaxLength ? html[..MaxLength] : html);
        return reader.Finish();
    }

    private void ReadTokens(string html)
    {
        var tokenizer = new HtmlTokenizer(new TextSource(html), HtmlEntityProvider.Resolver) { SkipComments = true };
        for (HtmlToken token = tokenizer.Get(); token.Type != HtmlTokenType.EndOfFile; token = tokenizer.Get())
        {
            if (token.Type == HtmlTokenType.Character && _hidden == 0)
                _lines.Add(token.Data);
            else if (token.Type == HtmlTokenType.StartTag)
                Start(token.AsTag(), tokenizer);
            else if (token.Type == HtmlTokenType.EndTag)
                End(token.Name);
        }
    }

    private string Finish()
    {
        while (_open.Count > 0)
            Pop();
        if (_links.Count > 0)
            _lines.Paragraph();
        for (int i = 0; i < _links.Count; i++)
            _lines.AddLine($"[{i + 1}] {_links[i]}");
        return _lines.ToString();
    }

    private void Start(HtmlTagToken tag, HtmlTokenizer tokenizer)
    {
        tokenizer.State = HtmlElements.ContentOf(tag.Name);
        if (tag.Name == "body")
            Truncate(0);
        if (HtmlElements.ClosesItself(tag.Name) && _open.Count > 0 && _open[^1].Name == tag.Name)
            Pop();
        if (_hidden == 0)
            Show(tag);
        if (HtmlElements.IsVoid(tag.Name) || _open.Count >= MaxOpen)
            return;
        var element = new Element(tag.Name, HtmlElements.IsHidden(tag), tag.Name == "a" ? HtmlElements.LinkOf(tag) : null, _lines.Position);
        _open.Add(element);
        _hidden += element.Hides ? 1 : 0;
        _lines.Nest(tag.Name, 1);
    }

    /// <summary>What a start tag itself puts on the page.</summary>
    private void Show(HtmlTagToken tag)
    {
        switch (tag.Name)
        {
            case "br":
                _lines.Break();
                break;
            case "hr":
                _lines.Paragraph();
                _lines.AddLine("---");
                break;
            case "img" when tag.GetAttribute("alt") is { } alt && !string.IsNullOrWhiteSpace(alt):
                _lines.Add($"[{alt.Trim()}]");
                break;
            case "td" or "th":
                _lines.Add(" ");
                break;
            default:
                Separate(tag.Name);
                break;
        }

        if (tag.Name == "li")
            _lines.Add("- ");
    }

    private void End(string name)
    {
        int index = _open.FindLastIndex(element => element.Name == name);
        if (index >= 0)
            Truncate(index);
        else if (name is "p" or "br" && _hidden == 0)
            Separate(name);
    }

    private void Truncate(int count)
    {
        while (_open.Count > count)
            Pop();
    }

    private void Pop()
    {
        Element element = _open[^1];
        _open.RemoveAt(_open.Count - 1);
        _lines.Nest(element.Name, -1);
        _hidden -= element.Hides ? 1 : 0;
        if (_hidden > 0)
            return;
        if (element.Link is not null)
            AddLinkNumber(element);
        Separate(element.Name);
    }

    private void Separate(string name)
    {
        if (HtmlElements.IsParagraph(name))
            _lines.Paragraph();
        else if (HtmlElements.IsBlock(name))
            _lines.EndLine();
    }

    /// <summary>No number for a link whose text is its address.</summary>
    private void AddLinkNumber(Element element)
    {
        ReadOnlySpan<char> shown = _lines.Since(element.Start).Trim();
        string link = element.Link!;
        if (shown.IsEmpty || _links.Count >= MaxLinks || link.AsSpan().TrimEnd('/').EndsWith(shown.TrimEnd('/'), StringComparison.OrdinalIgnoreCase))
            return;
        int known = _links.IndexOf(link);
        if (known < 0)
            _links.Add(link);
        _lines.Add($" [{(known < 0 ? _links.Count : known + 1)}]");
    }

    private readonly record struct Element(string Name, bool Hides, string? Link, int Start);
}
