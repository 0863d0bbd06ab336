using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication.Hosting;

/// <summary>The request that only hosts answer, seen from the one who asks.</summary>
public interface IHostDoor
{
    /// <exception cref="PeerException">There is no answer that can be used.</exception>
    Task<HostingAnswer> AskAsync(PeerAddress host, HostingRequest request, CancellationToken cancel);
}

/// <summary>The owner's side of agreements with hosts: they stand on his card, where senders find them.</summary>
public sealed class HostBook(IStore<IReplicationTables> store, Identity self, TimeProvider time)
{
    /// <summary>
    /// Registers with a host and puts it on the owner's card, behind the endpoints that stand there.
    /// </summary>
    /// <param name="host">Whose answers count there.</param>
    /// <param name="token">Of an invitation; null where the host serves the owner already.</param>
    /// <exception cref="MailboxException">It is the owner himself, or his card has no room.</exception>
    /// <exception cref="PeerException">The host cannot be reached or refuses.</exception>
    public async Task<HostRow> AddAsync(IHostDoor door, Endpoint host, string name, byte[]? token, CancellationToken cancel)
    {
        if (host.Identity == self.Did)
            throw new MailboxException("This is your own card; a host is another's machine. Your own daemon goes onto your card with 'defms config endpoint'.", MailboxFault.Usage);
        RequireRoom(host);
        HostingAnswer answer = await AskAsync(door, host, token, cancel);
        return store.Write(tables => Enter(tables, host, name, answer));
    }

    /// <summary>Asks a host how things stand; the row says what came of it.</summary>
    public async Task<HostRow> RefreshAsync(IHostDoor door, HostRow row, CancellationToken cancel)
    {
        try
        {
            HostingAnswer answer = await AskAsync(door, new Endpoint(row.Url, row.Identity), null, cancel);
            return Keep(With(row, answer));
        }
        catch (PeerException e)
        {
            return Keep(row with { Error = e.Message });
        }
    }

    /// <summary>Takes a host off the owner's card and asks it to let go of what it still holds.</summary>
    /// <returns>Why the host could not be told; null when it was.</returns>
    public async Task<string?> RemoveAsync(IHostDoor door, HostRow row, CancellationToken cancel)
    {
        store.Write(tables => Leave(tables, row));
        try
        {
            await door.AskAsync(row.Address, new HostingRequest { Leaves = true }, cancel);
            return null;
        }
        catch (PeerException e)
        {
            return e.Message;
        }
    }

    /// <summary>The hosts that stand on the owner's card or were entered here, in the order of the card.</summary>
    public static IReadOnlyList<PeerAddress> AddressesOf(IReplicationTables tables)
    {
        Card own = OwnCard.Get(tables);
        IEnumerable<PeerAddress> named = own.Endpoints.Where(endpoint => endpoint.Identity != own.Identity).Select(endpoint => PeerAddress.Of(endpoint, mayBePrivate: true));
        return [.. named.Concat(tables.Hosts.List().Select(row => row.Address)).DistinctBy(address => address.Identity)];
    }

    private static Task<HostingAnswer> AskAsync(IHostDoor door, Endpoint host, byte[]? token, CancellationToken cancel) =>
        door.AskAsync(PeerAddress.Of(host, mayBePrivate: true), new HostingRequest { Token = token }, cancel);

    /// <summary>Before an invitation is used up.</summary>
    private void RequireRoom(Endpoint host)
    {
        Profile profile = store.Read(OwnCard.Get).Profile ?? new Profile();
        try
        {
            self.IssueCard(Naming(profile, host.Identity, host));
        }
        catch (CardException e)
        {
            throw new MailboxException($"Your card has no room for another endpoint. {e.Message}");
        }
    }

    private HostRow Enter(IReplicationTables tables, Endpoint host, string name, HostingAnswer answer)
    {
        OwnCard.Change(tables, self, profile => Naming(profile, host.Identity, host), time.GetUtcNow());
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        HostRow row = With(new HostRow(host.Identity, host.Url, name, 0, 0, 0, 0, now, 0, null), answer);
        tables.Hosts.Put(row);
        HostRecords.Note(tables, row, now);
        return row;
    }

    private bool Leave(IReplicationTables tables, HostRow row)
    {
        OwnCard.Change(tables, self, profile => Naming(profile, row.Identity, null), time.GetUtcNow());
        HostRecords.Remove(tables, row.Identity);
        HostRecords.NoteEnd(tables, row.Identity, time.GetUtcNow().ToUnixTimeMilliseconds());
        return true;
    }

    private HostRow Keep(HostRow row) => store.Write(tables =>
    {
        tables.Hosts.Put(row);
        return row;
    });

    private HostRow With(HostRow row, HostingAnswer answer) => row with
    {
        Quota = answer.Terms.Quota,
        Days = answer.Terms.Days,
        Used = answer.Sum.Bytes,
        Items = answer.Sum.Items,
        Contacted = time.GetUtcNow().ToUnixTimeMilliseconds(),
        Error = null,
    };

    /// <summary>A profile that names a host there, or nowhere. One that moved keeps its place.</summary>
    internal static Profile Naming(Profile profile, Did host, Endpoint? there)
    {
        bool isKnown = profile.Endpoints.Any(endpoint => endpoint.Identity == host);
        IEnumerable<Endpoint> endpoints = there is null ? profile.Endpoints.Where(endpoint => endpoint.Identity != host)
            : isKnown ? profile.Endpoints.Select(endpoint => endpoint.Identity == host ? there : endpoint)
            : profile.Endpoints.Append(there);
        return profile with { Endpoints = [.. endpoints] };
    }
}
