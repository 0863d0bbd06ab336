using Defms.Core.Blocks;
using Defms.Core.Mailboxes.Labels;
using Defms.Core.Mailboxes.Records;

namespace Defms.Core.Mailboxes;

/// <summary>What a mailbox keeps, a table a property. Every table belongs to the transaction it was handed out in.</summary>
public interface IMailTables
{
    IBlockstore Blocks { get; }

    IThreadTable Threads { get; }

    IMessageTable Messages { get; }

    IConversationTable Conversations { get; }

    IContactTable Contacts { get; }

    IDeliveryTable Deliveries { get; }

    ILabelTable Labels { get; }

    ISettingTable Settings { get; }

    ISearchTable Search { get; }

    IRecordTable Records { get; }
}
