using System.Text;
using Defms.Core.Mime;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Tests.Mime;

namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>Mail: whatever the octets are, all of it can be read, lies inside of them, and is the same when it is read again.</summary>
public sealed class MimeFuzzTests
{
    private static readonly string[] Fragments =
    [
        .. "\r\n\r\n|--|=?utf-8?q?|=?iso-2022-jp?b?GyRCJCI=?=|?=|Content-Type: multipart/mixed; boundary=b\r\n|\n--b\n|\n--b--\n|Content-Type: message/rfc822\n\n|(|)|<|>|\"|\\|@|;|:|,|=|*0*=|*1=|'|%|\0|\r|\n|\t| |\n |Content-Transfer-Encoding: base64\n|Content-Transfer-Encoding: quoted-printable\n|Content-Transfer-Encoding: x-uuencode\n|\nbegin 644 x\n|Date: |+0000|To: |From: |\u00ff\u00fe|\u00c3\u00a9|\u001b$B|charset=iso-2022-jp|charset=utf-7|charset=utf-16|format=flowed|delsp=yes|From |\n |<p>|<div style=display:none>|<!--|<a href=x>|&#x41;|Content-Type: text/html\n|Content-Disposition: attachment; filename*=utf-8''%41\n|Content-Type: application/ms-tnef\n|References: <a@b>\n|1 Jan 2000 10:20:30 +0100"
            .Split('|'),
    ];

    private static readonly string[] Written =
    [
        "From: \"a\\\"b\" <c@d>\nTo: G: e@f (x(y)), =?utf-8?q?=C3=A9?= <g@h>;\nDate: Thu, 13 Feb 1969 23:32 -0330 (x)\nSubject: =?iso-2022-jp?B?GyRCJCI=?=\n =?utf-8?b?w6k=?=\nMessage-ID: <m@x>\nReferences: <a@b>\n <c@d>\nContent-Type: multipart/mixed; boundary=\"b\"; x*0*=utf-8'en'%41; x*1=b\n\npre\n--b\nContent-Type: text/plain; charset=utf-7; format=flowed\nContent-Transfer-Encoding: quoted-printable\n\na=\nb=3D +AOk- \n--b\nContent-Type: message/rfc822\n\nSubject: x\n\n--b\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"../a\\\\b.txt\"\n\nYWJj\nZA==\nfoot er\n--b--\nepi",
        "From: a@b\r\nTo: c@d\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=q\r\n\r\n--q\r\nContent-Type: text/plain\r\n\r\nHello\r\n--q\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<p>Hello <b>you</b><br><a href=\"http://x\">link</a></p>\r\n--q--\r\n",
        "Subject: x\n\ny",
        "a",
        "Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: one\n\n1\n--d\n\nSubject: two\n\n2\n--d--\n",
    ];

    [Fact]
    public void Whatever_is_read_stays_inside_its_octets_and_is_the_same_twice()
    {
        List<byte[]> seeds = [.. Written.Select(Encoding.Latin1.GetBytes), .. Directory.EnumerateFiles(Path.Combine(TestData.Repository, "tests", "corpus", "mime")).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(mail => mail.Length < 8192)];
        new Fuzzer("mime", seeds, new LineEdits(Fragments).Grow, Read).Run();
    }

    private static string Read(byte[] input)
    {
        int sum = Exercise.Everything(input);
        Assert.Equal(sum, Exercise.Everything(input));
        MailMessage message = MailMessage.Parse(input);
        IReadOnlyList<MimePart> parts = [.. message.Parts()];
        string types = string.Join(' ', parts.Take(6).Select(part => Known(part)));
        return $"{types} {Outcome.About(parts.Count)} {message.Attachments.Count > 0} {message.Date is null} {message.From.Count > 0} {message.MessageId is null} {Outcome.About(message.References.Count)} {Outcome.About(message.Text.Length / 16)}";
    }

    private static string Known(MimePart part) => part.IsLeaf ? $"leaf {part.MediaType.Name.Length % 8}" : "many";
}
