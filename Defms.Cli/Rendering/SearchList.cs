using System.Text;
using System.Text.Json;
using Defms.Core.Mailboxes.Search;

namespace Defms.Cli.Rendering;

/// <summary>What a search found (docs/guide/finding.md).</summary>
internal static class SearchList
{
    private const int Indent = 4;

    public static void Show(Invocation run, IReadOnlyList<SearchResult> results)
    {
        foreach (SearchResult result in results)
        {
            run.Out.Line(ThreadList.Row(run, result));
            if (result.Snippet.Text.Length > 0)
                run.Out.Line(new string(' ', Indent) + Snippet(run.Out, result.Snippet));
        }
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyList<SearchResult> results)
    {
        json.WriteStartArray();
        foreach (SearchResult result in results)
        {
            json.WriteStartObject();
            json.WriteString("thread", result.Conversation.Newest.Thread.ToString());
            json.WriteString("message", result.Message.Cid.ToString());
            json.WriteString("branch", result.Thread.ToString());
            json.WriteString("subject", result.Message.Subject);
            json.WriteString("from", result.Message.From);
            json.WriteString("to", result.Message.To);
            json.WriteString("date", Names.Time(result.Message.Date));
            json.WriteNumber("messages", result.Conversation.Row.Messages);
            json.WriteNumber("unread", result.Conversation.Row.Unread);
            Write(json, "found_in_subject", result.Subject);
            json.WriteString("snippet", result.Snippet.Text);
            Write(json, "found_in_snippet", result.Snippet);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>The marks of a text as pairs of where they begin and how long they are, in UTF-16 units.</summary>
    private static void Write(Utf8JsonWriter json, string name, MarkedText text)
    {
        json.WriteStartArray(name);
        foreach (TextMark mark in text.Marks)
        {
            json.WriteStartArray();
            json.WriteNumberValue(mark.Start);
            json.WriteNumberValue(mark.Length);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    /// <summary>One line that fits the terminal, what was found in bold.</summary>
    private static string Snippet(Screen screen, MarkedText snippet)
    {
        int shown = snippet.Text.Length;
        if (screen.IsTerminal && TextWidth.Of(snippet.Text) > screen.Width - Indent)
            shown = TextWidth.Fitting(snippet.Text, screen.Width - Indent - 1);
        return Marked(screen, snippet, shown) + (shown < snippet.Text.Length ? screen.Dim("…") : "");
    }

    /// <summary>The first characters of a text with its marks; dim, as what is not found is only there to place it.</summary>
    private static string Marked(Screen screen, MarkedText text, int length)
    {
        var line = new StringBuilder();
        int at = 0;
        foreach (TextMark mark in text.Marks)
        {
            if (mark.Start >= length)
                break;
            int end = Math.Min(mark.Start + mark.Length, length);
            Add(line, screen.Dim, text.Text[at..mark.Start]);
            Add(line, screen.Yellow, text.Text[mark.Start..end]);
            at = end;
        }
        Add(line, screen.Dim, text.Text[at..Math.Max(at, length)]);
        return line.ToString();
    }

    private static void Add(StringBuilder line, Func<string, string> style, string text)
    {
        if (text.Length > 0)
            line.Append(style(VisibleText.Line(text)));
    }
}
