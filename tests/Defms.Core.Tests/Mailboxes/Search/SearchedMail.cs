using System.Globalization;
using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Search;
using Defms.Core.Storage;
using Defms.Core.Tests.Storage;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Mailboxes.Search;

/// <summary>A mailbox in a temporary folder whose mails have short names, to say which of them a query finds.</summary>
internal sealed class SearchedMail : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly RecoverySeed seed = RecoverySeed.Create(RandomSource.System);
    private readonly Identity identity;
    private readonly Home home;
    private readonly Dictionary<Cid, string> names = [];
    private readonly Dictionary<string, Thread> threads = [];

    public SearchedMail()
    {
        identity = Identity.From(seed);
        home = Home.Create(folder.File("home"), identity, null, RandomSource.System);
        Store.Write(tables => OwnCard.Change(tables, identity, profile => profile with { Name = "Me", Addresses = ["me@example.org"] }, Time.GetUtcNow()));
    }

    public static TimeProvider Time { get; } = new FixedTime();

    public IStore<IMailTables> Store => home.Store;

    public MailSearch Search => new(Store, Time);

    public Did Self => identity.Did;

    /// <summary>Puts a mail in, in a conversation of its own unless one is named.</summary>
    /// <param name="date">As in "2024-03-31T12:00:00Z".</param>
    public Cid Add(string name, string date, string octets, string? conversation = null, MessageFlags flags = MessageFlags.None) =>
        Add(name, date, Encoding.UTF8.GetBytes(octets), conversation, flags);

    public Cid Add(string name, string date, byte[] octets, string? conversation = null, MessageFlags flags = MessageFlags.None)
    {
        Thread thread = ThreadOf(conversation ?? name);
        long time = DateTimeOffset.Parse(date, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
        SealedMessage message = thread.Seal(identity, octets, time);
        names[message.Message.Cid] = name;
        IndexedMessage indexed = Indexing.Describe(message.Message, octets, Self, 0);
        IndexedMessage others = indexed with { Row = indexed.Row with { Flags = flags } };
        Store.Write(tables => Arrival.Add(tables, thread, [others], [.. message.Chunks], Self, 0));
        return message.Message.Cid;
    }

    public Cid ThreadName(string conversation) => threads[conversation].Id;

    /// <summary>The names of all messages that a query finds, sorted, with spaces between.</summary>
    public string Found(string query) => string.Join(' ', Search.Find(new SearchQuestion(query) { PerMessage = true, WithSnippets = false }).Select(Name).Order(StringComparer.Ordinal));

    /// <summary>The same in the order in which they are found.</summary>
    public string InOrder(SearchQuestion question) => string.Join(' ', Search.Find(question).Select(Name));

    public string Name(SearchResult result) => names[result.Message.Cid];

    public void Dispose()
    {
        foreach (Thread thread in threads.Values)
            thread.Dispose();
        home.Dispose();
        identity.Dispose();
        seed.Dispose();
        folder.Dispose();
    }

    private Thread ThreadOf(string conversation)
    {
        if (!threads.TryGetValue(conversation, out Thread? thread))
            threads[conversation] = thread = Thread.Create(identity, [Store.Read(OwnCard.Get)], new GenesisOptions(), RandomSource.System);
        return thread;
    }
}
