using Defms.Core.Identities;
using Defms.Core.Network;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>The card behind an address of a domain served here. An address that is not there and one that is not shown get the same answer.</summary>
/// <param name="find">Gives the card to show for a name by <see cref="AddressCard.NameOf"/>; null for none.</param>
internal sealed class AddressCardRequest(Func<string, Card?> find) : IPeerRequest
{
    public string Method => HttpMethods.Get;

    public bool AnswersHead => true;

    public string Path => PeerProtocol.AddressCardPath;

    public string Kind => "address-card";

    public long MaxBody => 0;

    public Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel) =>
        Task.FromResult(find(context.Request.Path.Value![Path.Length..]) is { } card ? Reply.Text($"{card}\n") : Dispatcher.Unknown);
}
