using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

/// <summary>Facts about single messages of the fixture folders that the other oracles do not give.</summary>
public sealed class CorpusTests
{
    [Theory]
    [InlineData("mime/mimekit/messages")]
    [InlineData("mime/ruby-mail")]
    [InlineData("mime/cpython")]
    [InlineData("mime/rspamd")]
    [InlineData("mime/autocrypt")]
    [InlineData("mime/gmime")]
    [InlineData("mail/easy-ham-1")]
    public void Every_file_is_read_whatever_it_is(string folder)
    {
        foreach (string path in SharedFiles.All(folder))
            Exercise.Everything(File.ReadAllBytes(path));
    }

    [Fact]
    public void Attachments_of_the_ruby_corpus_have_names_and_contents()
    {
        foreach (string path in SharedFiles.All("mime/ruby-mail/attachment_emails"))
        {
            MailMessage message = MailMessage.Parse(File.ReadAllBytes(path));
            Assert.True(message.Attachments.Count > 0, path);
            Assert.All(message.Attachments, part => Assert.True(part.MediaType.IsMessage || part.Decode().Length > 0 || part.RawBody.IsEmpty, path));
        }
    }

    [Fact]
    public void Autocrypt_fields_and_encrypted_parts_are_found()
    {
        string folder = SharedFiles.Folder("mime/autocrypt");
        MailMessage simple = MailMessage.Parse(File.ReadAllBytes(Path.Combine(folder, "example-simple-autocrypt.eml")));
        string keydata = new ParameterReader(simple.Headers["Autocrypt"]!.RawValue).Read().Value;
        Assert.StartsWith("addr=alice@autocrypt.example", keydata, StringComparison.Ordinal);
        MailMessage gossip = MailMessage.Parse(File.ReadAllBytes(Path.Combine(folder, "example-gossip.eml")));
        Assert.Equal("multipart/encrypted", gossip.Root.MediaType.Name);
        Assert.Equal("application/pgp-encrypted", gossip.Root.MediaType.Parameters["protocol"]);
    }

    [Fact]
    public void A_list_of_thousands_of_words_is_no_stack_overflow()
    {
        string path = Path.Combine(SharedFiles.Folder("mime/mimekit/messages"), "stack-overflow.txt");
        MailMessage message = MailMessage.Parse(File.ReadAllBytes(path));
        Assert.Equal("test <test@test.com>", message.To[0].ToString());
        Assert.StartsWith("date>2017-08-20T10:08:28.617</pr", message.To[1].Name, StringComparison.Ordinal);
    }
}
