using System.Text;
using System.Text.Json;

namespace Defms.Cli.Rendering;

/// <summary>
/// Standard output or standard error: UTF-8 whatever the locale says, colours and a width only where it is a terminal. Nothing is written
/// through Console, whose own writers cost a tenth of a short command's time.
/// </summary>
internal sealed class Screen : IDisposable
{
    private const int UsualWidth = 80;

    // Longer lines than this are hard to read, however wide the window is.
    private const int MaxWidth = 110;

    private readonly StreamWriter writer;

    private Screen(Stream stream, bool isTerminal)
    {
        IsTerminal = isTerminal;
        HasColour = isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 4096) { NewLine = "\n" };
    }

    public bool IsTerminal { get; }

    public bool HasColour { get; }

    /// <summary>Columns; 80 where it is no terminal.</summary>
    public int Width => IsTerminal ? Math.Min(WindowWidth(), MaxWidth) : UsualWidth;

    public static Screen Output() => new(Console.OpenStandardOutput(), !Console.IsOutputRedirected);

    public static Screen Error() => new(Console.OpenStandardError(), !Console.IsErrorRedirected);

    public void Line(string text = "") => writer.WriteLine(text);

    public void Text(string text) => writer.Write(text);

    /// <summary>A line as it is, broken at spaces where a terminal would break it anywhere.</summary>
    public void Sentence(string text, int indent = 0) => Line(IsTerminal ? Wrapping.Block(text, Width, indent) : text);

    public void Octets(ReadOnlySpan<byte> octets)
    {
        writer.Flush();
        writer.BaseStream.Write(octets);
    }

    /// <summary>One JSON document and a line end; on several lines where a person looks at it.</summary>
    public void Json(Action<Utf8JsonWriter> write, bool oneLine = false)
    {
        writer.Flush();
        var options = new JsonWriterOptions { Encoder = VisibleJsonEncoder.Instance, Indented = IsTerminal && !oneLine };
        using (var json = new Utf8JsonWriter(writer.BaseStream, options))
            write(json);
        writer.BaseStream.Write("\n"u8);
    }

    public string Bold(string text) => Styled(text, "1");

    public string Dim(string text) => Styled(text, "2");

    public string Green(string text) => Styled(text, "32");

    public string Yellow(string text) => Styled(text, "33");

    public string Red(string text) => Styled(text, "31");

    public string Cyan(string text) => Styled(text, "36");

    public void Flush() => writer.Flush();

    public void Dispose() => writer.Dispose();

    private string Styled(string text, string code) => HasColour ? $"\e[{code}m{text}\e[0m" : text;

    private static int WindowWidth()
    {
        int width = Console.WindowWidth;
        return width > 0 ? width : UsualWidth;
    }
}
