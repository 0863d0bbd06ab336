using System.Collections.Frozen;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Gateway.Smtp;

namespace Defms.Gateway.Accounts;

/// <summary>
/// The accounts as the gateway's store keeps them, and a copy in memory that answers at once. Commands change them beside a running gateway,
/// which looks for changes every second. Safe for use by several threads.
/// </summary>
/// <param name="accountQuota">How many bytes may wait here for one person; null for no bound.</param>
internal sealed class AccountDirectory(IStore<IReplicationTables> store, long? accountQuota = null)
{
    private const string Setting = "gateway-accounts";

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private byte[] written = [];
    private AccountBook current = AccountBook.Empty;
    private bool isFull;
    private FrozenSet<Did> crowded = [];

    /// <summary>As of the last look.</summary>
    public AccountBook Current => Volatile.Read(ref current);

    /// <summary>Whether the store had reached its quota at the last look.</summary>
    public bool IsFull => Volatile.Read(ref isFull);

    /// <summary>Why nothing more is taken for a person, as of the last look; null where there is room.</summary>
    public SmtpReply? NoRoomFor(Did owner) => IsFull ? SmtpReply.StoreFull : Volatile.Read(ref crowded).Contains(owner) ? SmtpReply.OverQuota : null;

    /// <summary>Looks now.</summary>
    public void Refresh()
    {
        (byte[] read, bool full, IReadOnlyList<Did> above) = store.Read(tables => (
            tables.Settings.GetBytes(Setting) ?? [], Quota.Of(tables).IsReached, accountQuota is { } limit ? tables.Parcels.WaitingAbove(limit) : []));
        Volatile.Write(ref isFull, full);
        Volatile.Write(ref crowded, above.ToFrozenSet());
        if (read.AsSpan().SequenceEqual(written))
            return;
        written = read;
        Volatile.Write(ref current, AccountBook.Read(read));
    }

    /// <summary>Looks every second until <paramref name="stop"/> asks for its end; a store that cannot be read now may be later.</summary>
    public async Task WatchAsync(Action<Exception> failed, TimeProvider time, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Look, time);
        for (bool isWell = true; await NextAsync(timer, stop);)
        {
            try
            {
                Refresh();
                isWell = true;
            }
            catch (Exception e)
            {
                if (isWell)
                    failed(e);
                isWell = false;
            }
        }
    }

    /// <summary>Enters an address for the owner of a card, whose endpoints the operator vouches for; it may have been somebody else's.</summary>
    /// <param name="key">From <see cref="AccountBook.KeyOf"/>.</param>
    /// <exception cref="MailboxException">The card is older than the one that is known, or the gateway's own.</exception>
    public void Add(string key, Card card, Did self, DateTimeOffset now) => store.Write(tables =>
    {
        if (card.Identity == self)
            throw new MailboxException("This is the gateway's own card, not a person's.", MailboxFault.Usage);
        ContactRow? known = tables.Contacts.Find(card.Identity);
        if (known is not null && known.Card.IsNewerThan(card))
            throw new MailboxException($"This card of {known.Card.Name} is older than the one that is known. Ask for the current one.");
        tables.Contacts.Put(new ContactRow
        {
            Card = card,
            State = ContactState.Accepted,
            EnteredEndpoints = [.. card.Endpoints.Select(endpoint => endpoint.Text).Union(known?.EnteredEndpoints ?? [])],
            Added = known?.Added ?? now.ToUnixTimeMilliseconds(),
        });
        Change(tables, accounts => [.. accounts.Where(account => account.Address != key), Renewed(accounts, key, card.Identity)]);
        return true;
    });

    /// <summary>Lets anybody who knows an address have its owner's card, or nobody any more; false when there is no such account.</summary>
    /// <exception cref="MailboxException">The card does not name the address, so nobody would take it for that.</exception>
    public bool Publish(string key, bool isPublic) => store.Write(tables =>
    {
        if (AccountBook.Read(tables.Settings.GetBytes(Setting)).All.FirstOrDefault(account => account.Address == key) is not { } found)
            return false;
        if (isPublic && CardOf(tables, found) is null)
            throw new MailboxException($"{key} does not stand on its owner's card, so nobody would take the card for it. Let the owner add the address ('defms config address'), and enter the new card.");
        Change(tables, accounts => [.. accounts.Select(account => account.Address == key ? account with { IsPublic = isPublic } : account)]);
        return true;
    });

    /// <summary>The card to show for a name by <see cref="Core.Network.AddressCard.NameOf"/>; null where there is none to show.</summary>
    public Card? PublishedCard(string name) => Current.Published(name) is { } account ? store.Read(tables => CardOf(tables, account)) : null;

    /// <summary>Takes an address out; false when it is not there. What waits for its owner still reaches him.</summary>
    public bool Remove(string key) => store.Write(tables =>
    {
        bool isThere = AccountBook.Read(tables.Settings.GetBytes(Setting)).All.Any(account => account.Address == key);
        if (isThere)
            Change(tables, accounts => [.. accounts.Where(account => account.Address != key)]);
        return isThere;
    });

    /// <summary>The owner's newest card, if it names the account's address.</summary>
    private static Card? CardOf(IReplicationTables tables, Account account) =>
        MailAddress.TryParse(account.Address, out MailAddress address) && tables.Contacts.Find(account.Owner)?.Card is { } card && card.Names(address) ? card : null;

    /// <summary>What one owner had shown the next one does not show unasked.</summary>
    private static Account Renewed(IReadOnlyList<Account> accounts, string key, Did owner) =>
        accounts.FirstOrDefault(account => account.Address == key && account.Owner == owner) ?? new Account(key, owner);

    private static void Change(IReplicationTables tables, Func<IReadOnlyList<Account>, IReadOnlyList<Account>> change) =>
        tables.Settings.SetBytes(Setting, new AccountBook(change(AccountBook.Read(tables.Settings.GetBytes(Setting)).All)).Write());

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
