namespace Defms.Gateway.Dns;

/// <summary>How a lookup ended. The four are kept apart because SPF, DKIM and delivery treat each in its own way.</summary>
public enum DnsOutcome
{
    /// <summary>There is at least one record.</summary>
    Found,

    /// <summary>The name exists and has no record of this type (RFC 2308, NODATA).</summary>
    NoData,

    /// <summary>No record of any type has this name (RCODE 3), or it is no name that the DNS could hold.</summary>
    NoSuchName,

    /// <summary>Nobody knows: no answer in time, a server's failure, or an answer that makes no sense. Asking later may help.</summary>
    TemporaryFailure,
}

/// <summary>What the DNS says. <see cref="Records"/> is empty unless the outcome is <see cref="DnsOutcome.Found"/>.</summary>
public sealed record DnsAnswer<T>(DnsOutcome Outcome, IReadOnlyList<T> Records)
{
    /// <summary>Found when there are records, else that there are none of this type.</summary>
    public static DnsAnswer<T> Of(IReadOnlyList<T> records) => new(records.Count > 0 ? DnsOutcome.Found : DnsOutcome.NoData, records);

    public static DnsAnswer<T> Without(DnsOutcome outcome) => new(outcome, []);

    public bool IsFound => Outcome == DnsOutcome.Found;

    /// <summary>The DNS answered and the answer is that there is nothing (RFC 7208, 4.6.4 calls it a void lookup).</summary>
    public bool IsVoid => Outcome is DnsOutcome.NoData or DnsOutcome.NoSuchName;
}

/// <summary>An MX record. An empty host is the null MX of RFC 7505: the domain takes no mail.</summary>
public sealed record MailExchange(int Preference, string Host);
