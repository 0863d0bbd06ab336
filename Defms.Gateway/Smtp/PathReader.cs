using System.Net;
using System.Net.Sockets;
using Defms.Core.Mime;

namespace Defms.Gateway.Smtp;

/// <summary>
/// Reads the paths of MAIL and RCPT by the grammar of RFC 5321, 4.1.2 and RFC 6531, 3.3: quoted local parts, address literals, source
/// routes (dropped, as appendix C wants), the null sender, and postmaster without a domain.
/// </summary>
internal static class PathReader
{
    private const string Postmaster = "postmaster";
    private const string Ipv6Tag = "IPv6:";

    /// <summary>Reads a path at the start of <paramref name="text"/>.</summary>
    /// <param name="postmasterDomain">What &lt;postmaster&gt; belongs to; null where that is not allowed (senders).</param>
    /// <param name="path">Null for &lt;&gt;.</param>
    /// <param name="length">How many characters the path takes, brackets included.</param>
    public static bool TryRead(ReadOnlySpan<char> text, string? postmasterDomain, out MailAddress? path, out int length)
    {
        path = null;
        length = ClosingBracket(text) + 1;
        if (length == 0 || (length < text.Length && text[length] != ' '))
            return false;
        ReadOnlySpan<char> inner = text[1..(length - 1)];
        if (inner.IsEmpty)
            return true;
        if (postmasterDomain is not null && inner.Equals(Postmaster, StringComparison.OrdinalIgnoreCase))
            return TryMake($"{inner}@{postmasterDomain}", out path);
        return TrySkipRoute(ref inner) && IsMailbox(inner) && TryMake(inner.ToString(), out path);
    }

    private static bool TryMake(string text, out MailAddress? path)
    {
        bool isAddress = MailAddress.TryParse(text, out MailAddress address);
        path = isAddress ? address : null;
        return isAddress;
    }

    /// <summary>The place of the &gt; that ends the path, -1 without one; in quotes it does not count.</summary>
    private static int ClosingBracket(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] != '<')
            return -1;
        bool isQuoted = false;
        for (int i = 1; i < text.Length; i++)
        {
            if (text[i] == '\\' && isQuoted)
                i++;
            else if (text[i] == '"')
                isQuoted = !isQuoted;
            else if (text[i] == '>' && !isQuoted)
                return i;
        }
        return -1;
    }

    /// <summary>Takes off @one,@two: in front.</summary>
    private static bool TrySkipRoute(ref ReadOnlySpan<char> inner)
    {
        if (inner[0] != '@')
            return true;
        int colon = inner.IndexOf(':');
        if (colon < 0)
            return false;
        ReadOnlySpan<char> route = inner[..colon];
        foreach (Range hop in route.Split(','))
        {
            if (route[hop] is not ['@', .. var domain] || !IsDomain(domain))
                return false;
        }
        inner = inner[(colon + 1)..];
        return true;
    }

    private static bool IsMailbox(ReadOnlySpan<char> text)
    {
        int local = text.IsEmpty ? 0 : text[0] == '"' ? QuotedLength(text) : AtomsLength(text);
        if (local == 0 || local >= text.Length || text[local] != '@')
            return false;
        ReadOnlySpan<char> domain = text[(local + 1)..];
        return domain is ['[', .. var literal, ']'] ? IsLiteral(literal) : IsDomain(domain);
    }

    /// <summary>The length of a dot-string at the start; 0 when there is none.</summary>
    private static int AtomsLength(ReadOnlySpan<char> text)
    {
        int length = 0;
        for (; length < text.Length && text[length] != '@'; length++)
        {
            bool isDot = text[length] == '.';
            if (!isDot && !IsAtomCharacter(text[length]))
                return 0;
            if (isDot && (length == 0 || text[length - 1] == '.'))
                return 0;
        }
        return length > 0 && text[length - 1] != '.' ? length : 0;
    }

    /// <summary>The length of a quoted string at the start, quotes included; 0 when it is none.</summary>
    private static int QuotedLength(ReadOnlySpan<char> text)
    {
        for (int i = 1; i < text.Length; i++)
        {
            if (text[i] == '"')
                return i + 1;
            if (text[i] == '\\' && ++i >= text.Length)
                return 0;
            if (text[i] < ' ' || text[i] == '\x7f')
                return 0;
        }
        return 0;
    }

    private static bool IsAtomCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c >= '\xa0' || "!#$%&'*+-/=?^_`{|}~".Contains(c);

    private static bool IsDomain(ReadOnlySpan<char> text)
    {
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> label = text[range];
            if (label.IsEmpty || label[0] == '-' || label[^1] == '-')
                return false;
            foreach (char c in label)
            {
                // The underscore is in no host name, but in names that mail comes from.
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_') && c < '\xa0')
                    return false;
            }
        }
        return !text.IsEmpty;
    }

    /// <summary>An IPv4 address in four numbers, or IPv6 with its tag; other kinds of literals were never registered.</summary>
    private static bool IsLiteral(ReadOnlySpan<char> text)
    {
        bool isV6 = text.StartsWith(Ipv6Tag, StringComparison.OrdinalIgnoreCase);
        if (!IPAddress.TryParse(isV6 ? text[Ipv6Tag.Length..] : text, out IPAddress? address))
            return false;
        return isV6
            ? address.AddressFamily == AddressFamily.InterNetworkV6 && !text.ContainsAny('%', '[')
            : address.AddressFamily == AddressFamily.InterNetwork && text.Count('.') == 3;
    }
}
