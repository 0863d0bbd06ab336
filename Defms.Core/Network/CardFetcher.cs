using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Replication;

namespace Defms.Core.Network;

/// <summary>
/// Fetches a card from a URL that the person entered, such as another's <c>https://…/.well-known/defms/card</c>. The URL may lead into a
/// private network; redirects are not followed.
/// </summary>
public sealed class CardFetcher(HttpPeerLimits? limits = null) : IDisposable
{
    private readonly HttpPeerLimits limits = limits ?? HttpPeerLimits.Default;
    private readonly PeerClients clients = new(limits ?? HttpPeerLimits.Default);

    /// <summary>The card that the URL gives, as text, perhaps with white space around it.</summary>
    /// <exception cref="PeerException">There is none; the message is for the person.</exception>
    public Task<Card> FetchAsync(Uri url, CancellationToken cancel) => FetchAsync(url, mayBePrivate: true, absent: null, cancel);

    /// <summary>The card that an address's domain shows for it, which names the address itself. Only public places are asked.</summary>
    /// <exception cref="PeerException">There is none; the message is for the person.</exception>
    public Task<Card> FetchAsync(MailAddress address, CancellationToken cancel) => FetchAsync(address, AddressCard.UrlOf(address), mayBePrivate: false, cancel);

    internal async Task<Card> FetchAsync(MailAddress address, Uri url, bool mayBePrivate, CancellationToken cancel)
    {
        string absent = $"{address.AsciiDomain} shows no card for {address}. Ask the person for it.";
        Card card = await FetchAsync(url, mayBePrivate, absent, cancel);
        return card.Names(address) ? card : throw new PeerException(PeerFault.BadAnswer, $"The card that {address.AsciiDomain} shows for {address} does not name that address.");
    }

    /// <summary>Whether a text is a URL that a card may be fetched from.</summary>
    public static bool IsUrl(string text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0;

    public void Dispose() => clients.Dispose();

    private async Task<Card> FetchAsync(Uri url, bool mayBePrivate, string? absent, CancellationToken cancel)
    {
        var place = new PeerAddress(url, default, mayBePrivate);
        using var patience = new Patience(limits, cancel);
        try
        {
            using HttpResponseMessage response = await clients.For(mayBePrivate)
                .GetAsync(url, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            patience.Moved();
            using var body = new AnswerStream(await response.Content.ReadAsStreamAsync(patience.Token), place, patience);
            if (absent is not null && response.StatusCode == HttpStatusCode.NotFound)
                throw new PeerException(PeerFault.Refused, absent);
            if (!response.IsSuccessStatusCode)
                throw await PeerFaults.OfAnswerAsync(place, response, body);
            return await ReadAsync(url, body);
        }
        catch (Exception e) when (PeerFaults.IsOfPeer(e, patience))
        {
            throw PeerFaults.Translate(place, e, patience);
        }
    }

    private static async Task<Card> ReadAsync(Uri url, AnswerStream body)
    {
        byte[] bytes = new byte[PeerProtocol.MaxCardTextLength + 1];
        int read = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false);
        string error = "is too long for a card";
        if (read < bytes.Length && Card.TryParse(Encoding.UTF8.GetString(bytes, 0, read), out Card? card, out error!))
            return card;
        throw new PeerException(PeerFault.BadAnswer, $"What {url} gives is no card: it {error}.");
    }
}
