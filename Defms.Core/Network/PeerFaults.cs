using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Defms.Core.Replication;

namespace Defms.Core.Network;

/// <summary>Says in words for the person what came in place of a good answer.</summary>
internal static class PeerFaults
{
    /// <summary>
    /// Whether an exception of the HTTP client is a fault of the peer; otherwise the caller has cancelled, or it is our own mistake.
    /// </summary>
    public static bool IsOfPeer(Exception exception, Patience patience) =>
        exception is HttpRequestException or IOException
        || (exception is OperationCanceledException e && (e.InnerException is TimeoutException || patience.RanOut));

    /// <summary>The fault behind an exception that <see cref="IsOfPeer"/>.</summary>
    public static PeerException Translate(PeerAddress peer, Exception exception, Patience patience) => exception switch
    {
        PrivateAddressException e => Unreachable(peer, e.Message, e),
        HttpRequestException { InnerException: PrivateAddressException e } => Unreachable(peer, e.Message, e),
        OperationCanceledException { InnerException: TimeoutException } e =>
            Unreachable(peer, $"no connection within {patience.Limits.Connect.TotalSeconds:0} seconds", e),
        OperationCanceledException e => Unreachable(peer, $"no sign of life for {patience.Waited.TotalSeconds:0.#} seconds", e),
        HttpRequestException e => OfRequest(peer, e),
        _ => Unreachable(peer, $"the connection broke: {Cause(exception)}", exception),
    };

    /// <summary>The fault of an answer that is not "200 OK", with the reason that its body gives.</summary>
    public static async Task<PeerException> OfAnswerAsync(PeerAddress peer, HttpResponseMessage response, Stream body)
    {
        int status = (int)response.StatusCode;
        string reason = await ReadReasonAsync(response.Content.Headers, body);
        (PeerFault fault, string what) = response.StatusCode switch
        {
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InsufficientStorage =>
                (PeerFault.Busy, "has no room now"),
            >= HttpStatusCode.InternalServerError => (PeerFault.Busy, "cannot answer now"),
            HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
                or HttpStatusCode.RequestEntityTooLarge => (PeerFault.Refused, "refused"),
            HttpStatusCode.Gone => (PeerFault.Gone, "waits for this no more"),
            HttpStatusCode.NotFound => (PeerFault.BadAnswer, "does not speak Defms"),
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest =>
                (PeerFault.BadAnswer, "leads elsewhere, and redirects are not followed"),
            _ => (PeerFault.BadAnswer, "gave no answer of the protocol"),
        };
        return new PeerException(fault, $"{peer.Url} {what} (HTTP {status}){(reason.Length > 0 ? $": {reason}" : "")}");
    }

    /// <summary>One line of plain text, whatever a stranger sent.</summary>
    internal static string Sanitize(string text)
    {
        var line = new StringBuilder();
        foreach (char c in text)
        {
            bool isShown = !char.IsControl(c) && !char.IsSurrogate(c) && !char.IsWhiteSpace(c)
                && char.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned);
            if (isShown)
                line.Append(c);
            else if (line.Length > 0 && line[^1] != ' ')
                line.Append(' ');
            if (line.Length >= PeerProtocol.MaxReasonLength)
                break;
        }
        return line.ToString().Trim();
    }

    private static PeerException Unreachable(PeerAddress peer, string what, Exception inner) =>
        new(PeerFault.Unreachable, $"{peer.Url} cannot be reached: {what}", inner);

    private static PeerException OfRequest(PeerAddress peer, HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => Unreachable(peer, $"nobody knows the name {peer.Url.Host}", e),
        HttpRequestError.SecureConnectionError => Unreachable(peer, $"no secure connection: {Cause(e)}", e),
        HttpRequestError.ResponseEnded => Unreachable(peer, "it ended the connection without an answer", e),
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.VersionNegotiationError =>
            new PeerException(PeerFault.BadAnswer, $"{peer.Url} gave no answer of HTTP: {Cause(e)}", e),
        _ => Unreachable(peer, Cause(e), e),
    };

    private static string Cause(Exception e)
    {
        Exception cause = e;
        while (cause.InnerException is { } inner)
            cause = inner;
        return Sanitize(cause is SocketException socket ? new Win32Exception(socket.ErrorCode).Message : cause.Message);
    }

    /// <summary>Only plain text is for people; a proxy's page of HTML is not.</summary>
    private static async Task<string> ReadReasonAsync(HttpContentHeaders headers, Stream body)
    {
        if (headers.ContentType?.MediaType != "text/plain")
            return "";
        byte[] bytes = new byte[4 * PeerProtocol.MaxReasonLength];
        int read = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false);
        return Sanitize(Encoding.UTF8.GetString(bytes, 0, read));
    }
}
