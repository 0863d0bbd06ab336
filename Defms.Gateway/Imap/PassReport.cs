namespace Defms.Gateway.Imap;

/// <summary>What one pass over an account did.</summary>
public sealed class PassReport
{
    private readonly List<string> faults = [];
    private long fetched;
    private long octets;

    /// <summary>Mails that the sink took.</summary>
    public long Fetched => Interlocked.Read(ref fetched);

    public long Octets => Interlocked.Read(ref octets);

    public int TooLarge { get; internal set; }

    public int NotGiven { get; internal set; }

    /// <summary>Mails deleted or moved at the origin.</summary>
    public long Removed { get; internal set; }

    /// <summary>Folders that could not be opened, and other wishes that the server refused, as sentences.</summary>
    public IReadOnlyList<string> Faults => faults;

    internal void Took(FetchedMail mail)
    {
        Interlocked.Increment(ref fetched);
        Interlocked.Add(ref octets, mail.Octets.Length);
    }

    internal void Refused(string fault) => faults.Add(fault);
}
