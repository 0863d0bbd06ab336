using Defms.Core.Mailboxes;
using Defms.Core.Network;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>The owner's current card as text, for <c>defms contact add URL</c>.</summary>
internal sealed class CardRequest(IStore<IMailTables> store) : IPeerRequest
{
    public string Method => HttpMethods.Get;

    public string Path => PeerProtocol.CardPath;

    public string Kind => "card";

    public long MaxBody => 0;

    public Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel) =>
        Task.FromResult(Reply.Text($"{store.Read(OwnCard.Get)}\n"));
}
