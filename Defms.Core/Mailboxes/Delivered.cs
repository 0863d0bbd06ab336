using System.Security.Cryptography;
using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes;

/// <summary>
/// A mail that a gateway brought, read and sealed into its filed thread before anybody waits for it; keeping it is all that is left to do
/// inside a transaction.
/// </summary>
public sealed class Delivered : IDisposable
{
    private readonly Threads.Thread? thread;
    private readonly FiledMail? filed;
    private readonly MailMessage mail;
    private readonly Origin origin;
    private readonly byte[] hash;

    private Delivered(MailMessage mail, Origin origin, byte[] hash, Threads.Thread? thread, FiledMail? filed) =>
        (this.mail, this.origin, this.hash, this.thread, this.filed) = (mail, origin, hash, thread, filed);

    /// <summary>Seals a mail for filing. One that is filed already costs a digest and a look.</summary>
    public static Delivered Prepare(IStore<IMailTables> store, Identity self, DeliveredMail brought)
    {
        byte[] hash = SHA256.HashData(brought.Octets.Span);
        MailMessage mail = MailMessage.Parse(brought.Octets);
        if (store.Read(tables => tables.Messages.IsFiled(hash)))
            return new Delivered(mail, brought.Origin, hash, null, null);
        using var filing = new Filing(self);
        var id = FilingId.Of(mail, hash);
        Threads.Thread thread = filing.Open(id);
        FiledMail filed = filing.Seal(thread, id, mail, FilingFlags.FromLetters(brought.Flags), brought.Origin);
        return new Delivered(mail, brought.Origin, hash, thread, filed);
    }

    /// <summary>Files it and looks at the card that it may carry. Returns how many messages were new: one, or none.</summary>
    public int Keep(IMailTables tables, Did self, DateTimeOffset now)
    {
        if (filed is null || tables.Messages.IsFiled(hash))
            return 0;
        int added = Filing.Keep(tables, thread!, [filed], self);
        MailedCard.Take(tables, mail, origin, self, now);
        return added;
    }

    public void Dispose() => thread?.Dispose();
}
