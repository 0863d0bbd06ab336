using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Labels;
using Defms.Core.Mailboxes.Records;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Storage.Tables;

/// <summary>All tables of a store over one connection, for one transaction: disposing ends their use.</summary>
internal sealed class SqliteTables : IReplicationTables, IDisposable
{
    private readonly TableScope scope;
    private readonly SearchTable search;

    internal SqliteTables(SqliteConnection connection, NodeBlocks? node = null)
    {
        scope = new TableScope(connection);
        Blocks = new SqliteBlockstore(scope, node);
        Node = new NodeTable(scope);
        Threads = new ThreadTable(scope);
        Messages = new MessageTable(scope);
        Conversations = new ConversationTable(scope);
        Contacts = new ContactTable(scope);
        Deliveries = new DeliveryTable(scope);
        Labels = new LabelTable(scope);
        Settings = new SettingTable(scope);
        search = new SearchTable(scope);
        Outgoing = new OutgoingTable(scope);
        Received = new ReceivedTable(scope);
        Cursors = new CursorTable(scope);
        Devices = new DeviceTable(scope);
        Quarantine = new QuarantineTable(scope);
        Records = new RecordTable(scope);
        OwnChanges = new OwnChangeTable(scope);
        OwnMachines = new OwnMachineTable(scope);
        OwnHosts = new OwnHostTable(scope);
        Keepers = new KeeperTable(scope);
        Parcels = new ParcelTable(scope);
        Submissions = new SubmissionTable(scope);
        Served = new ServedTable(scope);
        Invitations = new InvitationTable(scope);
        Held = new HeldTable(scope);
        Hosts = new HostTable(scope);
        Holders = new HolderTable(scope);
    }

    public IBlockstore Blocks { get; }

    public IThreadTable Threads { get; }

    public IMessageTable Messages { get; }

    public IConversationTable Conversations { get; }

    public IContactTable Contacts { get; }

    public IDeliveryTable Deliveries { get; }

    public ILabelTable Labels { get; }

    public ISettingTable Settings { get; }

    public ISearchTable Search => search;

    public IOutgoingTable Outgoing { get; }

    public IReceivedTable Received { get; }

    public ICursorTable Cursors { get; }

    public IDeviceTable Devices { get; }

    public IQuarantineTable Quarantine { get; }

    public IRecordTable Records { get; }

    public IOwnChangeTable OwnChanges { get; }

    public IOwnMachineTable OwnMachines { get; }

    public IOwnHostTable OwnHosts { get; }

    public IKeeperTable Keepers { get; }

    internal NodeTable Node { get; }

    public IParcelTable Parcels { get; }

    public ISubmissionTable Submissions { get; }

    public IServedTable Served { get; }

    public IInvitationTable Invitations { get; }

    public IHeldTable Held { get; }

    public IHostTable Hosts { get; }

    public IHolderTable Holders { get; }

    /// <summary>Writes what waits for the end of the transaction.</summary>
    internal void Finish() => search.Write();

    public void Dispose() => scope.Dispose();
}
