using Defms.Cli.Rendering;

namespace Defms.EndToEnd.Tests.Cli;

public sealed class RenderingTests
{
    [Theory]
    [InlineData("abc", 3)]
    [InlineData("日本", 4)]
    [InlineData("한글", 4)]
    [InlineData("ｱ", 1)]
    [InlineData("e\u0301", 1)]
    [InlineData("😀", 2)]
    [InlineData("👍🏽", 2)]
    [InlineData("👨‍👩‍👧", 2)]
    [InlineData("🇩🇪", 2)]
    [InlineData("❤️", 2)]
    [InlineData("𝐀", 1)]
    [InlineData("𠀀", 2)]
    [InlineData("ไทย", 3)]
    [InlineData("—·…→●", 5)]
    [InlineData("\e[1mbold\e[0m", 4)]
    [InlineData("", 0)]
    public void Width_is_what_a_terminal_shows(string text, int columns) => Assert.Equal(columns, TextWidth.Of(text));

    [Theory]
    [InlineData("日本語", 5, "日本…")]
    [InlineData("日本語", 4, "日…")]
    [InlineData("日本語", 6, "日本語")]
    [InlineData("Lunch on Friday", 9, "Lunch on…")]
    [InlineData("e\u0301e\u0301e\u0301", 2, "e\u0301…")]
    public void A_cut_line_fits_and_breaks_no_character(string text, int width, string cut)
    {
        Assert.Equal(cut, TextWidth.Cut(text, width));
        Assert.Equal(width, TextWidth.Of(TextWidth.Fit(text, width)));
    }

    [Theory]
    [InlineData("plain ünd 日本", "plain ünd 日本")]
    [InlineData("\u001b[31mred\u001b[0m", "␛[31mred␛[0m")]
    [InlineData("a\u009b2Jb", "a\uFFFD2Jb")]
    [InlineData("txt\u202Eexe", "txt\uFFFDexe")]
    [InlineData("so\u00ADft \u200Bhidden\uFEFF", "soft hidden")]
    [InlineData("one\r\ntwo\tthree", "one  two three")]
    [InlineData("👨‍👩‍👧", "👨‍👩‍👧")]
    public void A_line_of_a_stranger_is_harmless(string text, string shown) => Assert.Equal(shown, VisibleText.Line(text));

    [Fact]
    public void Lines_keep_their_ends_and_tabs() => Assert.Equal("a\n\tb\n␇", VisibleText.Lines("a\r\n\tb\n\a"));

    [Theory]
    [InlineData("one two three", 7, "one two|three")]
    [InlineData("one two", 7, "one two")]
    [InlineData("a https://example.org/long/path b", 10, "a|https://example.org/long/path|b")]
    [InlineData("first\nsecond", 10, "first|second")]
    [InlineData("日本 語", 4, "日本|語")]
    public void Lines_break_at_spaces_and_long_words_stay_whole(string text, int width, string lines) =>
        Assert.Equal(lines.Split('|'), Wrapping.Wrap(text, width));

    [Theory]
    [InlineData("Alice Example <alice@a.example>", "Alice Example", "alice@a.example")]
    [InlineData("\"Example, Alice\" <alice@a.example>, bob@b.example", "Example, Alice", "alice@a.example")]
    [InlineData("\"a \\\"b\\\" c\" <alice@a.example>", "a \"b\" c", "alice@a.example")]
    [InlineData("alice@a.example, bob@b.example", "", "alice@a.example")]
    [InlineData("", "", "")]
    [InlineData("\"open", "open", "")]
    public void The_first_mailbox_of_a_row_is_read(string header, string name, string address) =>
        Assert.Equal(new FirstMailbox(name, address), FirstMailbox.Of(header));
}
