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
    /// Reads a URL as a person writes it: http or https, a host, perhaps a port and a path; no user, query, fragment or percent sign.
    /// Upper case in the host, a default port, a slash at the end and an international host name are brought to the form that cards carry.
    /// </summary>
    public static bool TryParseUrl(string text, out Uri url)
    {
        url = null!;
        if (text.Length > MaxUrlLength || text.Any(c => c is <= ' ' or '@' or '?' or '#' or '%' or '\\' || char.IsWhiteSpace(c))
            || !Uri.TryCreate(text, UriKind.Absolute, out Uri? found) || EndpointUrl.TextOf(found) is not { } canonical)
            return false;
        return TryReadUrl(canonical, out url!);
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
