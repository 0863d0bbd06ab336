using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;

namespace Defms.Daemon.Tests.Fixtures;

/// <summary>What people and hosts agree on.</summary>
internal static class Hosted
{
    /// <summary>Registers with a host by an invitation of its own, over the wire.</summary>
    public static async Task<HostRow> JoinAsync(this Person person, Person host, HostingTerms? terms = null)
    {
        byte[] token = new HostingDesk(host.Store, host.Time).Invite(person.Name, terms ?? HostingTerms.Default, TimeSpan.FromDays(1), RandomSource.System);
        return await person.HostBook().AddAsync(person.Peer, new Endpoint(host.Url, host.Did), host.Name, token, CancellationToken.None);
    }

    public static HostBook HostBook(this Person person) => new(person.Store, person.Identity, person.Time);

    /// <summary>What others sent him; his own records, which stay, are not counted.</summary>
    public static HeldSum HeldFor(this Person host, Person person) => host.Store.Read(tables =>
    {
        HeldSum all = tables.Held.Of(person.Did), own = tables.Held.Of(person.Did, person.Did);
        return new HeldSum(all.Bytes - own.Bytes, all.Items - own.Items);
    });

    /// <summary>Puts an endpoint on a card without asking anybody.</summary>
    public static void Claim(this Person person, Person host) =>
        person.SetProfile(profile => profile with { Endpoints = [.. profile.Endpoints, new Endpoint(host.Url, host.Did)] });

    public static Task<Receipt> AnnounceAsync(this Person sender, Person host, (Announcement Announcement, IReadOnlyList<Core.Blocks.Block> Blocks) mail) =>
        sender.Peer.AnnounceAsync(host.Door, mail.Announcement, mail.Blocks, CancellationToken.None);
}

/// <summary>Alice and Bob, whom nobody can reach, each with a host, and with each other's card.</summary>
internal sealed class HostedCouple : IAsyncDisposable
{
    private HostedCouple(Person alice, Person bob, Person hers, Person his) => (Alice, Bob, HerHost, HisHost) = (alice, bob, hers, his);

    public Person Alice { get; }

    public Person Bob { get; }

    public Person HerHost { get; }

    public Person HisHost { get; }

    public static async Task<HostedCouple> MeetAsync(HostingTerms? his = null)
    {
        var couple = new HostedCouple(Person.Away("Alice"), Person.Away("Bob"), await Person.ReachableAsync("Hera"), await Person.ReachableAsync("Hermes"));
        await couple.Alice.JoinAsync(couple.HerHost);
        await couple.Bob.JoinAsync(couple.HisHost, his);
        couple.Alice.Know(couple.Bob);
        couple.Bob.Know(couple.Alice);
        return couple;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Person person in new[] { Alice, Bob, HerHost, HisHost })
            await person.DisposeAsync();
    }
}
