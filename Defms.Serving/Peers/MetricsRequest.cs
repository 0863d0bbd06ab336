using System.Text;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>
/// Counters in Prometheus' text format, to this machine and private networks only: how much mail somebody gets is his affair.
/// </summary>
internal sealed class MetricsRequest(IStore<IReplicationTables> store, RequestTally tally, Action<StringBuilder>? more) : IPeerRequest
{
    public string Method => HttpMethods.Get;

    public string Path => "/metrics";

    public string Kind => "metrics";

    public long MaxBody => 0;

    public Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel) =>
        Task.FromResult(caller.IsNear ? Reply.Text(Write(), "text/plain; version=0.0.4; charset=utf-8") : Dispatcher.Unknown);

    private string Write()
    {
        var text = new StringBuilder();
        tally.Write(text);
        (int outbox, long quarantine, long held) = store.Read(tables => (tables.Outgoing.Count(), tables.Quarantine.Bytes(), tables.Held.All().Bytes));
        RequestTally.Write(text, "defms_outbox_entries", "gauge", "Announcements and receipts that wait for others.", outbox);
        RequestTally.Write(text, "defms_quarantine_bytes", "gauge", "What strangers left.", quarantine);
        RequestTally.Write(text, "defms_held_bytes", "gauge", "What is held for others.", held);
        more?.Invoke(text);
        return text.ToString();
    }
}
