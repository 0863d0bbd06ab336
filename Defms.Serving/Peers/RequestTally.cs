using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;

namespace Defms.Serving.Peers;

/// <summary>Counts what was asked and answered since the start. Safe for use by several threads.</summary>
internal sealed class RequestTally
{
    private readonly ConcurrentDictionary<(string Kind, int Status), StrongBox<long>> requests = new();
    private long received;
    private long sent;
    private long messages;

    /// <param name="status">The HTTP status, or 0 where the caller went away.</param>
    public void CountRequest(string kind, int status) =>
        Interlocked.Increment(ref requests.GetOrAdd((kind, status), _ => new StrongBox<long>()).Value);

    public void CountReceived(long bytes) => Interlocked.Add(ref received, bytes);

    public void CountSent(long bytes) => Interlocked.Add(ref sent, bytes);

    public void CountMessages(int taken) => Interlocked.Add(ref messages, taken);

    /// <summary>Prometheus text format, version 0.0.4.</summary>
    public void Write(StringBuilder text)
    {
        text.Append("# HELP defms_requests_total Requests by kind and HTTP status; status 0: the caller went away.\n");
        text.Append("# TYPE defms_requests_total counter\n");
        foreach (((string kind, int status), StrongBox<long> count) in requests.OrderBy(pair => pair.Key))
            text.Append($"defms_requests_total{{kind=\"{kind}\",status=\"{status}\"}} {Volatile.Read(ref count.Value)}\n");
        Write(text, "defms_received_bytes_total", "counter", "Bytes of blocks that were read.", Interlocked.Read(ref received));
        Write(text, "defms_sent_bytes_total", "counter", "Bytes of blocks and answers that were sent.", Interlocked.Read(ref sent));
        Write(text, "defms_messages_taken_total", "counter", "Messages that were new.", Interlocked.Read(ref messages));
    }

    public static void Write(StringBuilder text, string name, string type, string help, long value) =>
        text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n{name} {value}\n");
}
