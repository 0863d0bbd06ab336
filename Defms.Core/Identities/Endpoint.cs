using System.Diagnostics.CodeAnalysis;

namespace Defms.Core.Identities;

/// <summary>Where somebody's mail is taken in, and who answers there: the person's own machine or a host.</summary>
/// <param name="Url">Absolute http or https URL without query; requests go to paths below it.</param>
/// <param name="Identity">The identity whose signature counts on answers from there.</param>
public sealed record Endpoint(Uri Url, Did Identity)
{
    /// <summary>Room for a long host name and a path; eight of them fit a card.</summary>
    public const int MaxUrlLength = 200;

    /// <summary>
    /// Reads a URL as a person writes it: http or https, a host, perhaps a port and a path, in visible ASCII; no user, query, fragment or
    /// percent sign; an international host name in its xn-- form. Upper case in the host, a default port and a slash at the end are
    /// brought to the form that cards carry.
    /// </summary>
    public static bool TryParseUrl(string text, out Uri url)
    {
        url = null!;
        return text.Length <= MaxUrlLength
            && text.All(c => c is > ' ' and < '\x7f' and not ('@' or '?' or '#' or '%' or '\\'))
            && Uri.TryCreate(text, UriKind.Absolute, out Uri? found)
            // The parser completes 10.1 to 10.0.0.1, which is not what was written.
            && (found.HostNameType != UriHostNameType.IPv4 || text.Contains(found.Host))
            && EndpointUrl.TextOf(found) is { } canonical
            && TryReadUrl(canonical, out url!);
    }

    /// <summary>Reads a URL as a card carries it: exactly one text for one endpoint.</summary>
    internal static bool TryReadUrl(string text, [NotNullWhen(true)] out Uri? url)
    {
        url = null;
        return text.Length <= MaxUrlLength && EndpointUrl.IsCanonical(text) && Uri.TryCreate(text, UriKind.Absolute, out url);
    }

    /// <summary>The URL as cards carry it: without a slash at the end.</summary>
    public string Text => EndpointUrl.TextOf(Url) ?? Url.OriginalString;
}
