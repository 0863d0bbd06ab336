using System.Globalization;
using System.Text;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>
/// A mail with a word of its own in each of its places, coded as mail programs code them, and the search for these words in files, whichever
/// way they are written there.
/// </summary>
internal static class Canary
{
    public const string InSubject = "Zinnober-Grasmücke";
    public const string InName = "Violetta Pürgoline";
    public const string InAddress = "verdigris.warbler";
    public const string InBody = "indigo-finch-sings-at-dawn";
    public const string InQuoted = "Ocker-Spötter ruft";
    public const string InAttachment = "madder-redstart-left-the-nest";
    public const string InWideAttachment = "saffron-bunting-broods";
    public const string InFileName = "celadon-nightjar.txt";

    public static IReadOnlyList<string> Words { get; } =
        [InSubject, InName, InAddress, InBody, InQuoted, InAttachment, InWideAttachment, InFileName];

    public static string From => $"{InAddress}@old.example";

    /// <summary>A mail that no other is like, with CRLF.</summary>
    /// <param name="filling">Lines of the body; many make it too large for a single block.</param>
    public static byte[] Mail(string id, string to, int filling = 3)
    {
        string body = string.Concat(Enumerable.Range(0, filling).Select(i => $"{i} {InBody} {id}\r\n"));
        return Encoding.UTF8.GetBytes($"""
            From: {Word(InName)} <{From}>
            To: <{to}>
            Subject: {Word(InSubject)} {id}
            Date: Fri, 20 Nov 2026 10:00:00 +0000
            Message-ID: <{id}.{InAddress}@old.example>
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="b"

            --b
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 8bit

            {body}
            --b
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            {Quoted(Encoding.UTF8.GetBytes(InQuoted))}
            --b
            Content-Type: text/plain; charset=utf-8; name="{InFileName}"
            Content-Transfer-Encoding: base64
            Content-Disposition: attachment; filename="{InFileName}"

            {Convert.ToBase64String(Encoding.UTF8.GetBytes(InAttachment))}
            --b
            Content-Type: text/plain; charset=utf-16le
            Content-Transfer-Encoding: base64

            {Convert.ToBase64String(Encoding.Unicode.GetBytes("in wide letters: " + InWideAttachment))}
            --b--

            """.ReplaceLineEndings("\r\n"));
    }

    /// <summary>Whether <see cref="Mail"/> made it; others only use its words.</summary>
    public static bool IsOne(string mail) => mail.StartsWith($"From: {Word(InName)} <{From}>\r\n", StringComparison.Ordinal);

    /// <summary>Where which word stands, a sentence each.</summary>
    /// <param name="folders">With all that is below them.</param>
    /// <param name="text">Something else to look through, such as a log.</param>
    public static IReadOnlyList<string> Find(IEnumerable<string> folders, string text = "")
    {
        var found = new List<string>(FindIn("the text", Encoding.UTF8.GetBytes(text)));
        foreach (string file in folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)))
            found.AddRange(FindIn(file, Read(file)));
        return found;
    }

    /// <summary>The words that a search found, each once.</summary>
    public static IEnumerable<string> WordsOf(IEnumerable<string> found) => Words.Where(word => found.Any(line => line.Contains($"'{word}'", StringComparison.Ordinal)));

    public static IEnumerable<string> FindIn(string place, byte[] octets) => Forms
        .Where(form => octets.AsSpan().IndexOf(form.Octets) >= 0)
        .Select(form => $"{place} holds '{form.Word}' {form.Name}");

    private static readonly (string Word, string Name, byte[] Octets)[] Forms = [.. Words.SelectMany(FormsOf)];

    private static IEnumerable<(string, string, byte[])> FormsOf(string word)
    {
        yield return (word, "as a URL has it", Encoding.ASCII.GetBytes(Uri.EscapeDataString(word)));
        yield return (word, "as JSON has it", Encoding.ASCII.GetBytes(System.Text.Json.JsonEncodedText.Encode(word).ToString()));
        foreach ((Encoding letters, string name) in ((Encoding, string)[])[(Encoding.UTF8, "UTF-8"), (Encoding.Latin1, "ISO 8859-1"), (Encoding.Unicode, "UTF-16LE"), (Encoding.BigEndianUnicode, "UTF-16BE")])
        {
            byte[] octets = letters.GetBytes(word);
            yield return (word, $"in {name}", octets);
            yield return (word, $"in {name}, quoted", Encoding.ASCII.GetBytes(Quoted(octets)));
            yield return (word, $"in {name}, in hexadecimal", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(octets)));
            yield return (word, $"in {name}, in capital hexadecimal", Encoding.ASCII.GetBytes(Convert.ToHexString(octets)));
            yield return (word, $"in {name}, in percents", Encoding.ASCII.GetBytes(string.Concat(octets.Select(octet => $"%{octet:X2}"))));
            for (int shift = 0; shift < 3; shift++)
            {
                yield return (word, $"in {name}, in base64", Encoding.ASCII.GetBytes(Core64(octets, shift)));
                yield return (word, $"in {name}, in base64 for URLs", Encoding.ASCII.GetBytes(Core64(octets, shift).Replace('+', '-').Replace('/', '_')));
            }
        }
    }

    /// <summary>What of the word in base64 does not depend on its neighbours, when so many octets stand before it.</summary>
    private static string Core64(byte[] octets, int shift) => Convert.ToBase64String([.. new byte[shift], .. octets])[(shift == 0 ? 0 : 4)..^4];

    private static string Word(string text) => $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}?=";

    private static string Quoted(byte[] octets) => string.Concat(octets.Select(octet =>
        octet is > 32 and < 127 and not (byte)'=' ? ((char)octet).ToString() : octet == ' ' ? " " : string.Create(CultureInfo.InvariantCulture, $"={octet:X2}")));

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
