using System.Text;

namespace Defms.Core.Mime;

/// <summary>Lines of text as they grow: white space collapsed as HTML does, breaks and quote marks put in only where text follows.</summary>
internal sealed class ReadableLines
{
    // Deeper quotes look like this depth; it also bounds what a line's marks may cost.
    private const int MaxQuotes = 10;

    private readonly StringBuilder _text = new();
    private int _breaks;
    private int _quotes;
    private int _preformatted;
    private bool _space;

    /// <summary>Where the next text will begin, for <see cref="Since"/>.</summary>
    public int Position => _text.Length;

    public override string ToString() => _text.Length == 0 ? "" : _text.Append('\n').ToString();

    /// <summary>What was written since a position.</summary>
    public string Since(int position) => _text.ToString(position, Math.Min(_text.Length - position, 4_000));

    public void Add(string text)
    {
        foreach (char character in text)
        {
            if (_preformatted > 0 && character is '\n')
                Break();
            else if (_preformatted > 0 && character is ' ' or '\t')
                Put(character);
            else if (character is ' ' or '\t' or '\n' or '\r' or '\f' or '\u00A0')
                _space = true;
            else if (!IsInvisible(character))
                Put(character);
        }
    }

    public void AddLine(string line)
    {
        EndLine();
        Add(line);
        EndLine();
    }

    /// <summary>A line break that counts even after another.</summary>
    public void Break()
    {
        _breaks++;
        _space = false;
    }

    /// <summary>The next text begins a line.</summary>
    public void EndLine()
    {
        _breaks = Math.Max(_breaks, 1);
        _space = false;
    }

    /// <summary>The next text stands behind an empty line.</summary>
    public void Paragraph()
    {
        _breaks = Math.Max(_breaks, 2);
        _space = false;
    }

    /// <summary>Counts the elements open that change how text looks.</summary>
    public void Nest(string element, int change)
    {
        if (element == "blockquote")
            _quotes += change;
        if (element is "pre" or "textarea")
            _preformatted += change;
    }

    /// <summary>Characters without width, which newsletters use to fill the preview line.</summary>
    private bool IsInvisible(char character) => character is '\u200B' or '\uFEFF' or '\u00AD' or '\u034F' or '\u2060'
        || (character is '\u200C' or '\u200D' && (_space || _breaks > 0)) || (char.IsControl(character) && character != '\t');

    private void Put(char character)
    {
        if (_text.Length == 0 || _breaks > 0)
            BeginLine();
        else if (_space)
            _text.Append(' ');
        _space = false;
        _text.Append(character);
    }

    private void BeginLine()
    {
        // More than one empty line in a row says nothing.
        for (int i = Math.Min(_breaks, 2); i > 0 && _text.Length > 0; i--)
        {
            _text.Append('\n');
            if (i > 1 && _quotes > 0)
                _text.Append('>', Math.Min(_quotes, MaxQuotes));
        }

        _breaks = 0;
        if (_quotes > 0)
            _text.Append('>', Math.Min(_quotes, MaxQuotes)).Append(' ');
    }
}
