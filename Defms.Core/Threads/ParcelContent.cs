using Defms.Core.Blocks;
using Defms.Core.Identities;

namespace Defms.Core.Threads;

/// <summary>What a parcel is for (docs/formats/parcel.md). Numbers are stored: never change one.</summary>
public enum ParcelType
{
    /// <summary>A gateway brings a mail.</summary>
    Delivery = 0,

    /// <summary>A person hands a mail to a gateway for people of the old mail world.</summary>
    Submission = 1,

    /// <summary>A gateway says what became of a submission.</summary>
    Report = 2,

    /// <summary>A gateway brings several small mails at once.</summary>
    Deliveries = 3,
}

/// <summary>What is sealed in a parcel; one of the four records below.</summary>
public abstract record ParcelContent
{
    private protected ParcelContent()
    {
    }

    public abstract ParcelType Type { get; }
}

/// <summary>A mail that a gateway took over from the old mail world.</summary>
/// <param name="Octets">The mail as it was found.</param>
/// <param name="Origin">The gateway's signed word about these octets.</param>
public sealed record DeliveredMail(ReadOnlyMemory<byte> Octets, Origin Origin) : ParcelContent
{
    public override ParcelType Type => ParcelType.Delivery;

    /// <summary>
    /// What the account said of the mail when it was fetched: letters of Maildir (D draft, F flagged, P passed on, R answered, S read,
    /// T deleted), each at most once and in this order. A hint for the first filing; it replicates nowhere.
    /// </summary>
    public string Flags { get; init; } = "";
}

/// <summary>Small mails that came at the same time: so many share the seals and signatures of one parcel.</summary>
/// <param name="Mails">Two to <see cref="MaxMails"/>, each of at most <see cref="MaxMailSize"/> octets.</param>
public sealed record DeliveredMails(IReadOnlyList<DeliveredMail> Mails) : ParcelContent
{
    public const int MaxMails = 64;

    /// <summary>What is larger has chunks, and a parcel of its own.</summary>
    public const int MaxMailSize = MessageRecord.MaxInline;

    public override ParcelType Type => ParcelType.Deliveries;
}

/// <summary>A mail for people whom only a gateway reaches.</summary>
/// <param name="Octets">The mail without any Bcc field.</param>
/// <param name="From">MAIL FROM: an address of the sender.</param>
/// <param name="To">RCPT TO, those of the old world alone, blind ones included.</param>
public sealed record Submission(ReadOnlyMemory<byte> Octets, string From, IReadOnlyList<string> To) : ParcelContent
{
    public override ParcelType Type => ParcelType.Submission;

    /// <summary>The sender's current card, for the Defms-Card field that the gateway adds on the hop.</summary>
    public Card? Card { get; init; }

    /// <summary>What the sender asks of RFC 3461; null for the gateway's usual way.</summary>
    public DsnOptions? Dsn { get; init; }
}

/// <summary>Delivery status options of RFC 3461, the same for all recipients.</summary>
public sealed record DsnOptions
{
    /// <summary>ENVID, decoded; at most 100 bytes.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>RET: "full" or "hdrs".</summary>
    public string? Return { get; init; }

    /// <summary>NOTIFY: "never" alone, or some of "delay", "failure" and "success", in this order.</summary>
    public IReadOnlyList<string> Notify { get; init; } = [];
}

/// <summary>What became of the recipients of a submission.</summary>
/// <param name="Submission">The parcel that it was.</param>
/// <param name="Recipients">Those of whom there is news.</param>
public sealed record SubmissionReport(Cid Submission, IReadOnlyList<RecipientFate> Recipients) : ParcelContent
{
    public override ParcelType Type => ParcelType.Report;
}

/// <summary>How far a mail has come on its way to one recipient of the old world.</summary>
/// <param name="Address">As the submission had it.</param>
/// <param name="Reply">What the remote host said, in one line; null where nobody was reached.</param>
/// <param name="Time">Unix milliseconds by the gateway's clock.</param>
public sealed record RecipientFate(string Address, FateState State, string? Reply, long Time);

/// <summary>The states of a recipient of the old world.</summary>
public enum FateState
{
    /// <summary>The gateway tries again.</summary>
    Queued,

    /// <summary>A remote host took it over.</summary>
    Smtp,

    /// <summary>Refused, given up, or returned by a later bounce.</summary>
    Failed,
}
