using System.Diagnostics;
using System.Globalization;
using System.Text;
using Defms.Core.Mime;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Mime;

/// <summary>
/// Mutated real and odd mail: nothing may throw, take a second, or give offsets outside the octets. The short form reads some thousand inputs; set
/// DEFMS_MIME_FUZZ to a number of inputs for the long form, and DEFMS_SEED to another seed.
/// </summary>
[Collection(TimedTests.Name)]
public sealed class MutationTests(ITestOutputHelper output)
{
    private const int ShortForm = 3_000;
    private const int LargestSeedFile = 100_000;

    private static readonly byte[][] Fragments =
    [
        .. "\r\n\r\n|--|=?utf-8?q?|?=|boundary=|Content-Type: multipart/mixed; boundary=b\r\n|\n--b\n|\n--b--\n|Content-Type: message/rfc822\n\n|(|)|<|>|\"|\\|@|;|:|,|=|*0*=|'|%|\0|\r|\n|\t| |Content-Transfer-Encoding: base64\n|quoted-printable|x-uuencode|\nbegin 644 x\n|Date: |+0000|To: |\u00ff\u00fe|\u00c3\u00a9|\u001b$B|charset=iso-2022-jp|charset=utf-7|format=flowed|delsp=yes|From |\n "
            .Split('|').Select(Encoding.Latin1.GetBytes),
    ];

    private static readonly string[] Pieces =
    [
        .. Fragments.Select(Encoding.Latin1.GetString).Select(fragment => fragment.Replace("\n", "\n ", StringComparison.Ordinal)),
        .. "a|b.c|Bob|a@b|<a@b>|\"q q\"|(c (d))|x@[1.2.3.4]|name|filename|*0|*1*|utf-8'en'%41|=?iso-8859-1?b?4Q==?=|=?utf-8?q?=C3?=|multipart/mixed|text/html|text/plain|1 Jan 2000|10:20:30|PM|EST|Mon|-|/|T|<p>|<div style=display:none>|</div>|<a href=http://x>|</a>|<blockquote>|</blockquote>|<pre>|&amp;|&#x41;|<!--|-->|<script>|</script>|<td>|<li>|<br>"
            .Split('|'),
    ];

    [Fact]
    public void Mutated_mail_is_read_without_an_exception()
    {
        int inputs = Setting("DEFMS_MIME_FUZZ", ShortForm), seed = TestSeed.First;
        output.WriteLine($"seed {seed}, {inputs} inputs");
        List<byte[]> corpus = Corpus();
        long slowest = 0;
        for (int i = 0; i < inputs; i++)
        {
            byte[] input = Mutate(corpus, seed, i);
            long start = Stopwatch.GetTimestamp();
            try
            {
                Exercise.Everything(input);
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, input {i}: {e}\n{Convert.ToBase64String(input)}");
            }

            slowest = Math.Max(slowest, Fastest(input, Stopwatch.GetTimestamp() - start));
        }

        output.WriteLine($"slowest input {Stopwatch.GetElapsedTime(0, slowest).TotalMilliseconds:N1} ms");
        Assert.True(Stopwatch.GetElapsedTime(0, slowest) < TimeSpan.FromSeconds(1), $"seed {seed}: an input took more than a second");
    }

    [Fact]
    public void Fields_made_of_fragments_are_read_without_an_exception()
    {
        int inputs = Setting("DEFMS_MIME_FUZZ", ShortForm), seed = TestSeed.First;
        output.WriteLine($"seed {seed}, {inputs} inputs");
        for (int i = 0; i < inputs; i++)
        {
            var random = new Random(unchecked((seed * 1_000_003) + i));
            string mail = string.Concat(((string[])["From", "To", "Cc", "Date", "Subject", "References", "Content-Disposition", "Content-Type"]).Select(name => $"{name}: {Value(random)}\n"))
                + (random.Next(2) == 0 ? "Content-Type: text/html\n\n" : "\n") + Value(random);
            try
            {
                byte[] octets = Encoding.Latin1.GetBytes(mail);
                Exercise.Everything(octets);
                CheckShownMailboxes(MailMessage.Parse(octets));
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, input {i}: {e}\n{mail}");
            }
        }
    }

    [Fact]
    public void A_message_cut_anywhere_is_read()
    {
        byte[] whole = Encoding.Latin1.GetBytes("From x\nTo: \"a\\\"b\" <c@d>, G: e@f (x(y)), =?utf-8?q?=C3=A9?= <g@h>;\nDate: Thu, 13 Feb 1969 23:32 -0330 (x)\nSubject: =?iso-2022-jp?B?GyRCJCI=?=\n =?utf-8?b?w6k=?=\nReferences: <a@b>\n <c@d>\nContent-Type: multipart/mixed; boundary=\"b\"; x*0*=utf-8'en'%41; x*1=b\n\npre\n--b\nContent-Type: text/plain; charset=utf-7; format=flowed\nContent-Transfer-Encoding: quoted-printable\n\na=\nb=3D +AOk- \n--b\nContent-Type: message/rfc822\n\nSubject: x\n\n--b\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"../a\\\\b.txt\"\n\nYWJj\nZA==\nfoot er\n--b--\nepi");
        for (int length = 0; length <= whole.Length; length++)
            Exercise.Everything(whole.AsMemory(0, length));
    }

    private static string Value(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    /// <summary>A mailbox that can be sent to is read back from the text shown for it.</summary>
    private static void CheckShownMailboxes(MailMessage message)
    {
        foreach (NamedAddress mailbox in message.To.Where(each => each.Address.IsValid))
        {
            Assert.True(MailAddress.TryParse(mailbox.Address.ToString(), out MailAddress address), mailbox.Address.ToString());
            Assert.Equal(mailbox.Address, address);
        }
    }

    private static List<byte[]> Corpus()
    {
        var corpus = new List<byte[]> { "a"u8.ToArray(), "Subject: x\n\ny"u8.ToArray() };
        foreach (string folder in (string[])["mime/mimekit/messages", "mime/ruby-mail", "mime/cpython", "mime/rspamd", "mime/mail-parser/rfc", "mime/mail-parser/legacy"])
            corpus.AddRange(SharedFiles.All(folder).Where(path => !path.EndsWith(".json", StringComparison.Ordinal)).Select(File.ReadAllBytes));
        corpus.RemoveAll(file => file.Length > LargestSeedFile);
        return corpus;
    }

    private static byte[] Mutate(List<byte[]> corpus, int seed, int index)
    {
        // Random by input, so that any one can be made again alone.
        var random = new Random(unchecked((seed * 1_000_003) + index));
        var octets = new List<byte>(corpus[random.Next(corpus.Count)]);
        for (int edits = random.Next(1, 12); edits > 0; edits--)
            Edit(octets, corpus, random);
        return [.. octets];
    }

    private static void Edit(List<byte> octets, List<byte[]> corpus, Random random)
    {
        int at = random.Next(octets.Count + 1), length = Math.Min(random.Next(1, 200), octets.Count - at);
        switch (random.Next(7))
        {
            case 0 when at < octets.Count:
                octets[at] = (byte)random.Next(256);
                break;
            case 1:
                octets.RemoveRange(at, length);
                break;
            case 2:
                octets.InsertRange(at, Fragments[random.Next(Fragments.Length)]);
                break;
            case 3:
                octets.InsertRange(at, octets.GetRange(at, length));
                break;
            case 4:
                byte[] other = corpus[random.Next(corpus.Count)];
                int start = random.Next(other.Length + 1);
                octets.InsertRange(at, other[start..Math.Min(other.Length, start + random.Next(300))]);
                break;
            case 5:
                octets.RemoveRange(at, octets.Count - at);
                break;
            default:
                byte[] fragment = Fragments[random.Next(Fragments.Length)];
                for (int i = random.Next(50); i > 0; i--)
                    octets.InsertRange(at, fragment);
                break;
        }
    }

    /// <summary>What an input took; one that seems slow is read again, because the machine may have been elsewhere.</summary>
    private static long Fastest(byte[] input, long taken)
    {
        for (int again = 0; again < 3 && Stopwatch.GetElapsedTime(0, taken) > TimeSpan.FromMilliseconds(200); again++)
        {
            long start = Stopwatch.GetTimestamp();
            Exercise.Everything(input);
            taken = Math.Min(taken, Stopwatch.GetTimestamp() - start);
        }
        return taken;
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
