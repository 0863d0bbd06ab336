using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes.Labels;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes;

/// <summary>What a person sees of the store: conversations, messages, attachments, and what can be marked on them.</summary>
public sealed class Mailbox(IStore<IMailTables> store, Did self)
{
    private const string FetchAgain = "After 'defms verify --repair', 'defms sync' asks others for it.";

    /// <summary>The newest conversations that pass the filter, each with its newest thread and all its branches.</summary>
    public IReadOnlyList<ListedConversation> List(ConversationFilter filter) => store.Read(tables =>
        (IReadOnlyList<ListedConversation>)[.. tables.Conversations.List(filter).Select(row => Describe(tables, row))]);

    /// <summary>The thread named by <paramref name="name"/>.</summary>
    /// <exception cref="MailboxException">It names none or several.</exception>
    public Cid FindThread(string name) => store.Read(tables => Naming.Thread(tables, name));

    /// <summary>The message named by <paramref name="name"/>.</summary>
    /// <exception cref="MailboxException">It names none or several.</exception>
    public Cid FindMessage(string name) => store.Read(tables => Naming.Message(tables, name));

    /// <summary>The whole conversation that a thread belongs to.</summary>
    /// <exception cref="MailboxException">The thread is not here.</exception>
    public ShownConversation Show(Cid thread) => store.Read(tables =>
    {
        ThreadRow row = tables.Threads.Find(thread) ?? throw NoThread(thread);
        var reader = new ConversationReader(tables, self);
        return reader.Read(row.Conversation);
    });

    /// <summary>The exact octets of a message.</summary>
    /// <exception cref="MailboxException">It is not here, not whole, or damaged.</exception>
    public byte[] Octets(Cid message) => store.Read(tables => ReadOctets(tables, message));

    public MailMessage Mail(Cid message) => MailMessage.Parse(Octets(message));

    /// <summary>Sets and clears flags on a message, or on every message of a thread's conversation. Returns how many changed.</summary>
    public int Mark(string name, MessageFlags set, MessageFlags clear) => Mark(name, new Marks(set, clear));

    /// <summary>Marks a message, or every message of a thread's conversation, with all copies of the same mail. Returns how many changed.</summary>
    public int Mark(string name, Marks marks) => store.Write(tables =>
    {
        (long conversation, IReadOnlyList<MessageRow> messages) = Target(tables, name);
        int changed = messages.Count(message => marks.Apply(tables, message));
        tables.Conversations.Recount(conversation);
        return changed;
    });

    /// <summary>All labels in use.</summary>
    public IReadOnlyList<LabelCount> Labels() => store.Read(tables => tables.Labels.List());

    internal static ListedConversation Describe(IMailTables tables, ConversationRow row)
    {
        IReadOnlyList<ThreadRow> threads = tables.Threads.InConversation(row.Id);
        ThreadRow newest = threads.FirstOrDefault(thread => thread.Id == row.Newest) ?? threads[0];
        return new ListedConversation(row, newest, [newest, .. threads.Where(thread => thread.Id != newest.Id)])
        {
            Labels = tables.Labels.InConversation(row.Id),
        };
    }

    private static (long Conversation, IReadOnlyList<MessageRow> Messages) Target(IMailTables tables, string name)
    {
        Cid? thread = null;
        try
        {
            thread = Naming.Thread(tables, name);
        }
        catch (MailboxException e) when (e.Fault == MailboxFault.NotFound)
        {
            // Then it is the name of a message.
        }
        if (thread is { } found)
        {
            long conversation = tables.Threads.Find(found)!.Conversation;
            return (conversation, tables.Messages.InConversation(conversation));
        }
        MessageRow message = tables.Messages.Find(Naming.Message(tables, name))!;
        long owner = tables.Threads.Find(message.Thread)!.Conversation;
        return (owner, tables.Messages.Copies(owner, message));
    }

    private static byte[] ReadOctets(IMailTables tables, Cid name)
    {
        MessageRow row = tables.Messages.Find(name) ?? throw new MailboxException($"There is no message {name} here.", MailboxFault.NotFound);
        using Threads.Thread thread = ThreadAccess.Open(tables, tables.Threads.Find(row.Thread)!);
        if (tables.Blocks.Find(name) is not { } block || !thread.TryOpen(block, out Message? message, out _))
            throw new MailboxException($"The block of message {name} is missing or damaged. {FetchAgain}");
        OctetsResult octets = thread.ReadOctets(message, tables.Blocks);
        return octets.Octets ?? throw new MailboxException(octets.IsDamaged
            ? $"Message {name} is damaged: its octets are not what its author sealed."
            : Missing(name, octets.Missing, message.Body.Count, [.. tables.Messages.Missing(row.Thread)]));
    }

    /// <param name="awaited">What is asked for with every sync; what else is missing was here once.</param>
    private static string Missing(Cid name, IReadOnlyList<Cid> chunks, int of, HashSet<Cid> awaited) => chunks.All(awaited.Contains)
        ? $"Message {name} is not here whole yet: {chunks.Count} of its {of} chunks are missing. 'defms sync' fetches them."
        : $"Message {name} is damaged: {chunks.Count} of its {of} chunks are not what they were. {FetchAgain}";

    private static MailboxException NoThread(Cid thread) => new($"There is no thread {thread} here.", MailboxFault.NotFound);
}

/// <summary>A row of the list, with the threads it stands for.</summary>
/// <param name="Newest">The thread with the newest message.</param>
/// <param name="Branches">All threads of the conversation, the newest first.</param>
public sealed record ListedConversation(ConversationRow Row, ThreadRow Newest, IReadOnlyList<ThreadRow> Branches)
{
    /// <summary>What any message shown of it has, in the order of their keys.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
}
