using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Tests.Storage;
using Defms.Core.Tests.Threads;

namespace Defms.Core.Tests.Mailboxes;

/// <summary>A person with a home of his own, and mail to file in it.</summary>
internal sealed class Owner : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public Owner(Identity? identity = null)
    {
        Identity = identity ?? People.Alice;
        Home = Home.Create(folder.File("home"), Identity, null, RandomSource.System);
        Store.Write(tables => OwnCard.Change(tables, Identity, profile => profile with { Name = "Alice", Addresses = ["alice@example.org"] }, DateTimeOffset.UnixEpoch));
    }

    public Identity Identity { get; }

    public Home Home { get; }

    public SqliteStore Store => Home.Store;

    public Mailbox Mailbox => new(Store, Identity.Did);

    public string File(string name) => folder.File(name);

    public FilingResult Import(params IEnumerable<byte[]> mails) => Import(mails.Select(octets => new CollectedMail { Place = "test", Octets = octets }));

    public FilingResult Import(IEnumerable<CollectedMail> mails)
    {
        using var filing = new Filing(Identity);
        return new FilingRun(Store, filing).File(mails, _ => { }, TestContext.Current.CancellationToken);
    }

    public FilingResult ImportFrom(string path) =>
        Import(MailFiles.Find(path).SelectMany(file => MailFiles.Read(file, Core.Mime.MboxVariant.Detect, 0)));

    /// <summary>Thread and root of everything that is kept, by thread.</summary>
    public IReadOnlyList<(Cid Thread, Cid Root)> Roots() =>
        Store.Read(tables => tables.Threads.All().Select(row => (row.Thread, row.Root)).OrderBy(pair => pair.Thread).ToList());

    public IReadOnlyList<ListedConversation> Conversations() => Mailbox.List(new ConversationFilter(null, false, int.MaxValue));

    public IReadOnlyList<string> Dump() => IndexDump.Of(Store);

    public void Dispose()
    {
        Home.Dispose();
        folder.Dispose();
    }

    public static byte[] Mail(string id, string? references = null, string subject = "", string body = "Hello\n", string from = "bob@example.net", string more = "")
    {
        string answers = references is null ? "" : $"References: {references}\n";
        return Encoding.Latin1.GetBytes(
            $"From: {from}\nTo: alice@example.org\nDate: Mon, 2 Jan 2006 15:04:05 +0000\nSubject: {subject}\n{(id.Length > 0 ? $"Message-ID: <{id}>\n" : "")}{answers}{more}\n{body}");
    }
}
