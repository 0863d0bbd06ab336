using System.Security.Cryptography;
using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Replication;

/// <summary>A gateway without SMTP: brings what a test hands it, and keeps what it would have sent.</summary>
internal sealed class Relay : ISubmissionDesk, IDisposable
{
    private readonly Dictionary<Did, string[]> accounts = [];

    public Relay(MemoryNetwork network, string name = "Gateway") => Someone = new Someone(name, network) { Desk = this };

    public Someone Someone { get; }

    public Did Did => Someone.Did;

    public ParcelPost Post => new(Someone.Store, Someone.Identity, Someone.Network.Time, RandomSource.System);

    public SubmissionQueue Queue => new(Someone.Store, Someone.Identity, Someone.Network.Time, RandomSource.System);

    /// <summary>Gives somebody an account here, and has him enter this gateway.</summary>
    public void Serve(Someone person)
    {
        accounts[person.Did] = [person.Address];
        Someone.Know(person);
        person.Store.Write(tables =>
        {
            Gateways.Enter(tables, [Someone.Card], person.Did, person.Network.Time.GetUtcNow());
            return true;
        });
    }

    public bool IsAccount(Did sender) => accounts.ContainsKey(sender);

    public string? Refusal(Did sender, Submission submission, MailMessage mail) =>
        SenderCheck.Refusal(submission.From, mail, address => accounts[sender].Contains(address.ToString())) is { } refusal ? $"the mail {refusal}" : null;

    public Task<Cid> BringAsync(Someone person, string octets, bool coversCard = false, bool isSent = false, string flags = "", string dkim = "pass") =>
        BringAsync(person, Encoding.UTF8.GetBytes(octets), coversCard, isSent, flags, dkim);

    /// <summary>Queues a mail as if SMTP or IMAP had brought it.</summary>
    public Task<Cid> BringAsync(Someone person, byte[] octets, bool coversCard = false, bool isSent = false, string flags = "", string dkim = "pass") =>
        Post.PostAsync(person.Did, Mail(person, octets, coversCard, isSent, dkim) with { Flags = flags }, TestContext.Current.CancellationToken);

    public DeliveredMail Mail(Someone person, byte[] octets, bool coversCard = false, bool isSent = false, string dkim = "pass") => new(octets, Origin.Issue(
        Someone.Identity, SHA256.HashData(octets), "dave@old.example", [person.Address], "mx.old.example [192.0.2.25]",
        Someone.Network.Time.GetUtcNow().ToUnixTimeMilliseconds(), "pass", dkim, "none", coversCard, isSent));

    public Task<SyncReport> DeliverAsync() => Someone.DeliverAsync();

    /// <summary>All submissions that wait, opened.</summary>
    public List<OpenedSubmission> Waiting() => [.. Queue.Due(100).Select(name => Queue.TryOpen(name, out OpenedSubmission? opened, out string? error) ? opened : throw new InvalidOperationException(error))];

    /// <summary>Says what became of the recipients; done unless <paramref name="isDone"/> says otherwise.</summary>
    public async Task ReportAsync(OpenedSubmission submission, FateState state, string? reply, bool isDone = true, params string[] addresses)
    {
        DateTimeOffset now = Someone.Network.Time.GetUtcNow();
        IEnumerable<string> whom = addresses.Length > 0 ? addresses : submission.Submission.To;
        List<RecipientFate> fates = [.. whom.Select(address => new RecipientFate(address, state, reply, now.ToUnixTimeMilliseconds()))];
        await Queue.ReportAsync(submission.Name, submission.Sender, fates, isDone ? null : now.AddMinutes(2), [1], TestContext.Current.CancellationToken);
        await DeliverAsync();
    }

    public void Dispose() => Someone.Dispose();
}
