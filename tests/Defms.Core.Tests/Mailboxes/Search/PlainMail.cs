using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Defms.Core.Mailboxes;

namespace Defms.Core.Tests.Mailboxes.Search;

/// <summary>A mail as plain strings: what a search must say of it can be told without an index.</summary>
internal sealed record PlainMail(string Name, string Date)
{
    public string From { get; init; } = "Ada Keller <ada@example.org>";

    public string To { get; init; } = "me@example.org";

    public string Cc { get; init; } = "";

    public string Subject { get; init; } = "";

    public string Body { get; init; } = "";

    public string Attachment { get; init; } = "";

    public string List { get; init; } = "";

    public string Conversation { get; init; } = "";

    public MessageFlags Flags { get; init; }

    public DateTimeOffset Moment => DateTimeOffset.Parse(Date, CultureInfo.InvariantCulture);

    public IEnumerable<string> Fields => [Subject, From, To, Cc, Body, Attachment, List];

    /// <summary>Whether the words stand one behind the other in a text of ASCII words.</summary>
    public static bool Has(string text, string words, bool isPrefix = false)
    {
        string[] all = Words(text);
        string[] wanted = Words(words);
        for (int i = 0; i + wanted.Length <= all.Length; i++)
        {
            if (all.Skip(i).Take(wanted.Length - 1).SequenceEqual(wanted[..^1])
                && (isPrefix ? all[i + wanted.Length - 1].StartsWith(wanted[^1], StringComparison.Ordinal) : all[i + wanted.Length - 1] == wanted[^1]))
                return true;
        }
        return false;
    }

    public bool Has(string words, bool isPrefix = false) => Fields.Any(field => Has(field, words, isPrefix));

    public string ToOctets()
    {
        var mail = new StringBuilder($"From: {From}\nTo: {To}\nSubject: {Subject}\nMessage-ID: <{Name}@example.org>\nMIME-Version: 1.0\n");
        if (Cc.Length > 0)
            mail.Append($"Cc: {Cc}\n");
        if (List.Length > 0)
            mail.Append($"List-Id: {List}\n");
        if (Attachment.Length == 0)
            return mail.Append($"Content-Type: text/plain; charset=utf-8\n\n{Body}\n").ToString();
        return mail.Append("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n").Append(Body)
            .Append($"\n--b\nContent-Type: application/pdf; name=\"{Attachment}\"\nContent-Disposition: attachment; filename=\"{Attachment}\"\nContent-Transfer-Encoding: base64\n\nAAAA\n--b--\n")
            .ToString();
    }

    private static string[] Words(string text) => [.. Regex.Matches(text.ToLowerInvariant(), "[a-z0-9]+", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(match => match.Value)];
}
