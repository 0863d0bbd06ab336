using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

/// <summary>Inputs that were once read wrongly, kept in tests/corpus/mime.</summary>
public sealed class BrokenOnceTests
{
    [Fact]
    public void A_line_of_one_space_ends_no_multipart()
    {
        MailMessage message = Read("space-line-before-delimiter.eml");
        Assert.Equal("hello", Assert.Single(message.Root.Children).DecodeText());
    }

    [Fact]
    public void A_part_without_a_body_ends_inside_its_parent()
    {
        MailMessage message = Read("header-without-body-before-delimiter.eml");
        Assert.Equal(["multipart/mixed", "multipart/mixed", "text/plain", "message/rfc822", "text/plain"], message.Parts().Select(part => part.MediaType.Name));
        Assert.All(message.Parts().Skip(1), part => Assert.True(part.BodyEnd <= part.Parent!.BodyEnd));
    }

    [Fact]
    public void Specials_inside_encoded_words_separate_nothing() =>
        Assert.Equal(["list@example.org", "\"date>10:08:28,(x) more\" <a@b.example>"], Read("specials-inside-encoded-words.eml").To.Select(to => to.ToString()));

    [Fact]
    public void A_signature_ends_a_soft_line() =>
        Assert.Equal("a \n-- \nb\n> -- \n> c\n", Read("signature-behind-soft-line.eml").Text);

    private static MailMessage Read(string name)
    {
        string? path = SharedFiles.InRepository(Path.Combine("tests/corpus/mime", name));
        Assert.SkipWhen(path is null, "the tests run outside their source tree, so tests/corpus is absent");
        return MailMessage.Parse(File.ReadAllBytes(path!));
    }
}
