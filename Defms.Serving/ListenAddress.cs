using System.Net;

namespace Defms.Serving;

/// <summary>A place to listen at; port 0 takes a free one.</summary>
public readonly record struct ListenAddress(IPAddress Address, int Port, bool IsSecure)
{
    /// <summary>Reads an http or https URL of an IP address or localhost, without path.</summary>
    public static bool TryParse(string text, out ListenAddress address)
    {
        address = default;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https")
            || url.PathAndQuery != "/" || url.Fragment.Length + url.UserInfo.Length > 0)
            return false;
        IPAddress? ip = url.Host == "localhost" ? IPAddress.Loopback : null;
        if (ip is null && !IPAddress.TryParse(url.Host.Trim('[', ']'), out ip))
            return false;
        address = new ListenAddress(ip, url.Port, url.Scheme == "https");
        return true;
    }

    /// <summary>The URL.</summary>
    public override string ToString() => $"{(IsSecure ? "https" : "http")}://{new IPEndPoint(Address, Port)}";
}
