using Defms.Core.Identities;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Replication;

/// <summary>Who may ask for what is kept here.</summary>
internal static class Admission
{
    /// <summary>Only the current keys of somebody served, of a contact who is not blocked, of a party of a thread, or of the owner.</summary>
    public static bool IsOpenTo(IReplicationTables tables, Identity self, Certificate asker)
    {
        if (asker.Identity == self.Did)
            return asker.Epoch == self.CurrentEpoch;
        if (HandOver.IsOpenTo(tables, asker))
            return true;
        return tables.Contacts.Find(asker.Identity) is { } contact
            ? contact.State != Mailboxes.ContactState.Blocked && contact.Card.Epoch <= asker.Epoch
            : tables.Threads.WithParty(asker.Identity).Count > 0;
    }
}
