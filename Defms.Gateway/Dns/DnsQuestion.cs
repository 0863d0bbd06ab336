namespace Defms.Gateway.Dns;

/// <summary>The record types that are asked for or read (RFC 1035, 3.2.2; RFC 3596).</summary>
internal enum DnsType : ushort
{
    A = 1,
    Cname = 5,
    Soa = 6,
    Ptr = 12,
    Mx = 15,
    Txt = 16,
    Aaaa = 28,
}

/// <summary>A question of class IN. The name is canonical: see <see cref="DnsName.TryCanonical"/>.</summary>
internal readonly record struct DnsQuestion(string Name, DnsType Type);

/// <summary>
/// One record's content: <see cref="Text"/> holds a TXT's joined strings or the name of a CNAME, PTR or MX; <see cref="Number"/> an MX
/// preference; <see cref="Address"/> the octets of an A or AAAA.
/// </summary>
internal readonly record struct DnsRecord(string Text, int Number, byte[]? Address);

/// <summary>
/// What one response says to its question once its aliases are followed. <see cref="Alias"/> is the name at which the chain ends without
/// records; null when it ends at the question's own name or with records.
/// </summary>
internal sealed record DnsReply(DnsOutcome Outcome, IReadOnlyList<DnsRecord> Records, TimeSpan TimeToLive, string? Alias = null)
{
    public static DnsReply Failure { get; } = new(DnsOutcome.TemporaryFailure, [], TimeSpan.Zero);
}
