using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Defms.Cli.Demo.Legacy;

/// <summary>
/// Looks whether the uppermost DKIM signature of a mail holds (RFC 6376; rsa-sha256, relaxed/relaxed), with the key from the lines of a zone file.
/// Written apart from the gateway's own, so that not the same code judges what it made.
/// </summary>
internal static partial class DkimLook
{
    /// <param name="mail">A character an octet, CRLF as line end.</param>
    public static bool Holds(string mail, string domain, string zone)
    {
        int end = mail.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
            return false;
        List<string> fields = [.. Unfolded(mail[..end]).Split("\r\n")];
        int index = fields.FindIndex(field => field.StartsWith("DKIM-Signature:", StringComparison.OrdinalIgnoreCase));
        if (index < 0)
            return false;
        Dictionary<string, string> tags = Tags(fields[index][(fields[index].IndexOf(':', StringComparison.Ordinal) + 1)..]);
        if (tags.GetValueOrDefault("d") != domain || tags.GetValueOrDefault("c") != "relaxed/relaxed" || KeyOf(tags["s"], domain, zone) is not { } key)
            return false;
        using RSA rsa = key;
        string bare = Signature().Replace(fields[index], "${tag}");
        string signed = string.Join("\r\n", Chosen(fields, tags["h"]).Append(bare).Select(Relaxed));
        return tags["bh"] == Convert.ToBase64String(SHA256.HashData(Encoding.Latin1.GetBytes(Body(mail[(end + 4)..]))))
            && rsa.VerifyData(Encoding.Latin1.GetBytes(signed), Convert.FromBase64String(tags["b"]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <summary>Each field on one line.</summary>
    private static string Unfolded(string header) => header.Replace("\r\n ", " ", StringComparison.Ordinal).Replace("\r\n\t", "\t", StringComparison.Ordinal);

    /// <summary>For each name the undermost field that was not taken yet (5.4.2).</summary>
    private static IEnumerable<string> Chosen(List<string> fields, string names)
    {
        var left = new List<string>(fields);
        foreach (string name in names.Split(':'))
        {
            int at = left.FindLastIndex(field => field.Split(':')[0].TrimEnd().Equals(name, StringComparison.OrdinalIgnoreCase));
            if (at < 0)
                continue;
            yield return left[at];
            left.RemoveAt(at);
        }
    }

    private static string Relaxed(string field)
    {
        int colon = field.IndexOf(':', StringComparison.Ordinal);
        string value = Blanks().Replace(field[(colon + 1)..], " ");
        return $"{field[..colon].TrimEnd().ToLowerInvariant()}:{value.Trim(' ')}";
    }

    private static string Body(string body)
    {
        string text = string.Join("\r\n", body.Split("\r\n").Select(line => Blanks().Replace(line, " ").TrimEnd(' '))).TrimEnd('\r', '\n');
        return text.Length == 0 ? "" : text + "\r\n";
    }

    private static RSA? KeyOf(string selector, string domain, string zone)
    {
        string? line = zone.Split('\n').FirstOrDefault(line => line.StartsWith($"{selector}._domainkey.{domain}. IN TXT ", StringComparison.Ordinal));
        if (line is null)
            return null;
        string text = string.Concat(line.Split('"').Where((_, i) => i % 2 == 1));
        var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(Tags(text)["p"]), out _);
        return rsa;
    }

    private static Dictionary<string, string> Tags(string list) => list.Split(';').Select(tag => tag.Split('=', 2)).Where(tag => tag.Length == 2)
        .ToDictionary(tag => tag[0].Trim(), tag => AnyBlanks().Replace(tag[1], ""), StringComparer.Ordinal);

    [GeneratedRegex("[ \t]+", RegexOptions.NonBacktracking)]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex AnyBlanks();

    [GeneratedRegex(@"(?<tag>[;\s]b=)[^;]*", RegexOptions.NonBacktracking)]
    private static partial Regex Signature();
}
