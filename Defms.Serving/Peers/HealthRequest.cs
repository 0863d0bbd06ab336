using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>Whether the server answers and its store can be read.</summary>
internal sealed class HealthRequest(IStore<IReplicationTables> store) : IPeerRequest
{
    private static readonly string Version = typeof(HealthRequest).Assembly.GetName().Version!.ToString(3);

    public string Method => HttpMethods.Get;

    public string Path => "/health";

    public string Kind => "health";

    public long MaxBody => 0;

    public Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        // A store that cannot be read throws, and the answer says so.
        store.Read(tables => tables.Outgoing.NextDue());
        return Task.FromResult(Reply.Text($$"""{"status":"ok","version":"{{Version}}"}""" + "\n", "application/json"));
    }
}
