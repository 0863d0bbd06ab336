namespace Defms.Gateway.Dns;

/// <summary>
/// Answers remembered as long as their records allow, absences too (RFC 2308), within a bound of entries and of octets; what was used longest
/// ago goes first. Strangers choose the names that are asked, so the bounds hold whatever they choose.
/// </summary>
internal sealed class DnsCache(TimeProvider time, int maxEntries = DnsCache.DefaultEntries, long maxOctets = DnsCache.DefaultOctets)
{
    public const int DefaultEntries = 20_000;
    public const long DefaultOctets = 16 << 20;

    /// <summary>What an entry costs beside its texts: nodes, references, the record list.</summary>
    private const int EntryCost = 300;

    private static readonly TimeSpan LongestFound = TimeSpan.FromDays(1);

    // RFC 2308, 5: one to three hours work well; the shorter one shows a person his new record sooner.
    private static readonly TimeSpan LongestAbsent = TimeSpan.FromHours(1);

    // RFC 9520: a failure is remembered for a moment, so that one dead zone is not asked for every mail of a burst.
    private static readonly TimeSpan Failed = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<DnsQuestion, LinkedListNode<Entry>> entries = [];
    private readonly LinkedList<Entry> recent = [];
    private long octets;

    public int Count
    {
        get
        {
            lock (gate)
                return entries.Count;
        }
    }

    public long Octets
    {
        get
        {
            lock (gate)
                return octets;
        }
    }

    public DnsReply? Find(DnsQuestion question)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(question, out LinkedListNode<Entry>? node))
                return null;
            if (node.Value.Expires <= time.GetUtcNow())
            {
                Remove(node);
                return null;
            }

            recent.Remove(node);
            recent.AddFirst(node);
            return node.Value.Reply;
        }
    }

    public void Add(DnsQuestion question, DnsReply reply)
    {
        TimeSpan lifetime = Lifetime(reply);
        var entry = new Entry(question, reply, time.GetUtcNow() + lifetime, Cost(question, reply));
        if (lifetime <= TimeSpan.Zero || entry.Cost > maxOctets)
            return;
        lock (gate)
        {
            if (entries.TryGetValue(question, out LinkedListNode<Entry>? old))
                Remove(old);
            entries[question] = recent.AddFirst(entry);
            octets += entry.Cost;
            while (entries.Count > maxEntries || octets > maxOctets)
                Remove(recent.Last!);
        }
    }

    private static TimeSpan Lifetime(DnsReply reply)
    {
        if (reply.Outcome == DnsOutcome.TemporaryFailure)
            return Failed;
        TimeSpan longest = reply.Outcome == DnsOutcome.Found ? LongestFound : LongestAbsent;
        return reply.TimeToLive < longest ? reply.TimeToLive : longest;
    }

    private static long Cost(DnsQuestion question, DnsReply reply)
    {
        long cost = EntryCost + (2L * question.Name.Length);
        foreach (DnsRecord record in reply.Records)
            cost += 80 + (2L * record.Text.Length) + (record.Address?.Length ?? 0);
        return cost;
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        entries.Remove(node.Value.Question);
        recent.Remove(node);
        octets -= node.Value.Cost;
    }

    private sealed record Entry(DnsQuestion Question, DnsReply Reply, DateTimeOffset Expires, long Cost);
}
