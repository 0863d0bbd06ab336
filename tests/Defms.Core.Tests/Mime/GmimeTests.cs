using System.Text;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

/// <summary>The encoded and decoded pairs of gmime.</summary>
public sealed class GmimeTests
{
    [Theory]
    [InlineData("photo.b64", "base64", "photo.jpg")]
    [InlineData("photo.uu", "x-uuencode", "photo.jpg")]
    [InlineData("wikipedia.qp", "quoted-printable", "wikipedia.txt")]
    public void Bodies_decode_to_the_same_octets(string encoded, string encoding, string decoded)
    {
        byte[] mail = [.. Encoding.ASCII.GetBytes($"Content-Transfer-Encoding: {encoding}\n\n"), .. Read("encodings", encoded)];
        Assert.Equal(Read("encodings", decoded), MailMessage.Parse(mail).Root.Decode());
    }

    [Theory]
    [InlineData("cyrillic.cp1251.txt", "cp1251", "cyrillic.utf-8.txt")]
    [InlineData("cyrillic.iso-8859-5.txt", "ISO-8859-5", "cyrillic.utf-8.txt")]
    [InlineData("cyrillic.koi8-r.txt", "koi8-r", "cyrillic.utf-8.txt")]
    [InlineData("japanese.iso-2022-jp.txt", "iso-2022-jp", "japanese.utf-8.txt")]
    [InlineData("japanese.shift-jis.txt", "shift-jis", "japanese.utf-8.txt")]
    public void Charsets_decode_to_the_same_text(string encoded, string charset, string decoded) =>
        Assert.Equal(Encoding.UTF8.GetString(Read("filters", decoded)), Charsets.Decode(Read("filters", encoded), charset));

    [Fact]
    public void Big5_decodes_to_the_characters_that_it_has()
    {
        string decoded = Charsets.Decode(Read("filters", "chinese.big5.txt"), "big5");
        Assert.Equal(string.Concat(Encoding.UTF8.GetString(Read("filters", "chinese.utf-8.txt")).Where(decoded.Contains)), decoded);
    }

    private static byte[] Read(string folder, string file) => File.ReadAllBytes(Path.Combine(SharedFiles.Folder("mime/gmime"), folder, file));
}
