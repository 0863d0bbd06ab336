using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>
/// Makes parcels and queues them durably, as sealed blocks with the announcement that brings them: the key is in the announcement's box and
/// nowhere else, so that from then on only the recipient can open them. <see cref="Replicator"/> delivers them. Safe for use by several threads.
/// </summary>
public sealed class ParcelPost
{
    /// <summary>What is delivered, and nobody asked for, is remembered so long.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    private readonly IStore<IReplicationTables> store;
    private readonly Identity self;
    private readonly TimeProvider time;
    private readonly RandomSource random;
    private readonly ParcelGathering gathering;

    public ParcelPost(IStore<IReplicationTables> store, Identity self, TimeProvider time, RandomSource random)
    {
        (this.store, this.self, this.time, this.random) = (store, self, time, random);
        gathering = new ParcelGathering(PostOneAsync);
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Queues a parcel for a contact of this store. When this returns it is on the disk; several calls at once share a sync of it,
    /// and small mails for one person a parcel.</summary>
    /// <param name="content">A mail for the person, or the report on a submission of his.</param>
    /// <exception cref="MailboxException">The recipient is no contact.</exception>
    /// <exception cref="ThreadException">The content does not make a parcel; the message says why.</exception>
    public Task<Cid> PostAsync(Did recipient, ParcelContent content, CancellationToken cancel) => ParcelGathering.Takes(content)
        ? gathering.PostAsync(recipient, (DeliveredMail)content, cancel)
        : PostOneAsync(recipient, content);

    private async Task<Cid> PostOneAsync(Did recipient, ParcelContent content)
    {
        (Card own, Card to) = store.Read(tables => (OwnCard.Get(tables), CardOf(tables, recipient)));
        Prepared prepared = Prepare(self, own, to, content, Now, random);
        return await store.WriteAsync(tables => Keep(tables, prepared), CancellationToken.None);
    }

    /// <summary>As <see cref="PostAsync"/>, inside a transaction of the caller's.</summary>
    public Cid Post(IReplicationTables tables, Did recipient, ParcelContent content) => Post(tables, self, recipient, content, Now, random);

    /// <summary>
    /// How far a parcel has come: queued here, held by a host, stored by its recipient, or failed with the recipient's reason. Null when it is unknown
    /// or has been done with for a month.
    /// </summary>
    public ParcelRow? Find(Cid parcel) => store.Read(tables => tables.Parcels.Find(parcel));

    /// <summary>Gives a parcel up: its blocks go, it is not tried again, and it counts as failed. What is stored stays stored.</summary>
    public void GiveUp(Cid parcel, string reason) => store.Write(tables =>
    {
        if (tables.Parcels.Find(parcel) is not { State: not DeliveryState.Stored } row)
            return false;
        foreach (OutgoingRow waiting in tables.Outgoing.For(row.Recipient, 0, int.MaxValue).Where(waiting => waiting.Thread == parcel))
            tables.Outgoing.Remove(waiting.Row);
        ParcelOutbox.LetGo(tables, parcel);
        tables.Parcels.SetState(parcel, DeliveryState.Failed, reason, Now);
        return true;
    });

    /// <summary>Forgets parcels that were delivered or given up more than a month ago; how many. For gateways: a person's sentbox names his submissions.</summary>
    public int ForgetOld() => store.Write(tables => tables.Parcels.Forget(Now - (long)Memory.TotalMilliseconds));

    internal static Cid Post(IReplicationTables tables, Identity self, Did recipient, ParcelContent content, long now, RandomSource random) =>
        Keep(tables, Prepare(self, OwnCard.Get(tables), CardOf(tables, recipient), content, now, random));

    private static Card CardOf(IReplicationTables tables, Did recipient) => tables.Contacts.Find(recipient)?.Card
        ?? throw new MailboxException($"{recipient} is no contact, so nothing can be sealed to him.", MailboxFault.NotFound);

    private static Prepared Prepare(Identity self, Card own, Card recipient, ParcelContent content, long now, RandomSource random)
    {
        SealedParcel parcel = Parcel.Create(self, recipient.Identity, content, now, random);
        Announcement announcement = Announcement.Issue(self, own, recipient.Certificate, parcel.Cid, parcel.Cid, parcel.Key, now, random);
        CryptographicOperations.ZeroMemory(parcel.Key);
        return new Prepared(parcel, announcement, now);
    }

    private static Cid Keep(IReplicationTables tables, Prepared prepared)
    {
        (SealedParcel parcel, Announcement announcement, long now) = prepared;
        tables.Blocks.Put(parcel.Blocks);
        tables.Outgoing.Add(
            new OutgoingRow(0, OutgoingKind.Announcement, announcement.Id.ToArray(), announcement.Recipient, parcel.Cid, announcement.Block.Data.ToArray(), 0, now, null), []);
        long bytes = parcel.Blocks.Sum(block => (long)block.Data.Length);
        tables.Parcels.Add(new ParcelRow(parcel.Cid, announcement.Recipient, parcel.Parcel.Type, bytes, DeliveryState.Queued, "", now, Reported: 0));
        return parcel.Cid;
    }

    private readonly record struct Prepared(SealedParcel Parcel, Announcement Announcement, long Time);
}
