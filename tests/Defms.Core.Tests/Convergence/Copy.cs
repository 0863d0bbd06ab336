using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Core.Tests.Convergence;

internal sealed record HeldThread(Cid Root, HashSet<Cid> Names, HashSet<Did> Parties);

internal sealed record HeldMessage(MessageRow Row, Cid Thread, HashSet<string> Labels);

/// <summary>All that a machine holds and shows, read once.</summary>
internal sealed class Copy
{
    private Copy(Machine machine) => Machine = machine;

    public Machine Machine { get; }

    public Dictionary<Cid, HeldThread> Threads { get; } = [];

    public Dictionary<Cid, HeldMessage> Messages { get; } = [];

    /// <summary>What others have stored, by the receipts that counted here.</summary>
    public List<(Cid Message, Did Recipient)> Stored { get; } = [];

    /// <summary>How the person stands to everybody, himself included, a line each.</summary>
    public List<string> Contacts { get; } = [];

    /// <summary>The sentbox, a line for each message and recipient.</summary>
    public List<string> Deliveries { get; } = [];

    /// <summary>The messages of each conversation as shown, by the names of its threads.</summary>
    public Dictionary<string, string> Conversations { get; } = [];

    /// <summary>Those of them of which the person has deleted messages.</summary>
    public HashSet<string> WithDeleted { get; } = [];

    public static Copy Of(Machine machine)
    {
        var copy = new Copy(machine);
        machine.Store.Read(tables =>
        {
            foreach (ThreadRow row in tables.Threads.WithParty(machine.Did))
                copy.ReadThread(tables, row);
            copy.ReadContacts(tables);
            return true;
        });
        foreach (ListedConversation listed in machine.Mailbox.List(new ConversationFilter(null, false, int.MaxValue)))
            copy.ReadConversation(listed);
        return copy;
    }

    private void ReadThread(IReplicationTables tables, ThreadRow row)
    {
        Threads[row.Thread] = new HeldThread(row.Root, [.. tables.Messages.Names(row.Id)], [.. tables.Threads.Parties(row.Id)]);
        ILookup<long, string> labels = tables.Labels.InThread(row.Id);
        foreach (MessageRow message in tables.Messages.InThread(row.Id))
        {
            Messages[message.Cid] = new HeldMessage(message, row.Thread, [.. labels[message.Id]]);
            foreach (DeliveryRow delivery in tables.Deliveries.Of(message.Id))
            {
                Deliveries.Add($"{message.Cid} {delivery.Address} {delivery.Identity} {delivery.IsBcc} {delivery.State}");
                if (delivery.State == DeliveryState.Stored)
                    Stored.Add((message.Cid, delivery.Identity));
            }
        }
    }

    private void ReadContacts(IReplicationTables tables)
    {
        Contacts.Add($"own {Short(OwnCard.Get(tables))}");
        foreach (ContactRow contact in tables.Contacts.List())
            Contacts.Add($"{contact.Identity} {contact.State} {contact.IsVerified} {string.Join(' ', contact.EnteredEndpoints.Order())} {string.Join(' ', tables.Contacts.Bindings(contact.Identity))} {Short(contact.Card)}");
    }

    private static string Short(Card card) => $"{card.Name}, epoch {card.Epoch}, number {card.Seq}, {Cid.Of(Cid.DagCbor, card.Encoded.Span)}";

    private void ReadConversation(ListedConversation listed)
    {
        ShownConversation shown = Machine.Mailbox.Show(listed.Newest.Thread);
        string threads = string.Join(' ', listed.Branches.Select(branch => branch.Thread).Order());
        HashSet<Cid> branches = [.. listed.Branches.Select(branch => branch.Thread)];
        if (Messages.Values.Any(message => branches.Contains(message.Thread) && message.Row.Flags.HasFlag(MessageFlags.Deleted) && !message.Row.Flags.HasFlag(MessageFlags.Record)))
            WithDeleted.Add(threads);
        Conversations[threads] = $"{listed.Row.Updated} {listed.Row.Subject} {listed.Row.Messages}: {string.Join(' ', shown.Messages.Select(message => $"{message.Depth}:{message.Row.Cid}"))}";
    }
}
