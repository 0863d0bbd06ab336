using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;
using Defms.Core.Tests.Convergence;
using Defms.Core.Tests.Sealing;

namespace Defms.Core.Tests.Privacy;

/// <summary>Alice knows Bob and Carol, who do not know of each other. With the same chance every time, so that two runs differ only in what is done.</summary>
internal sealed class Trio : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("defms-trio-").FullName;

    public Trio()
    {
        Network = new SimulatedNetwork(new SeededRandomSource(1));
        Place[] places = [new("alice", "alice", 0xa1), new("bob", "bob", 0xb0), new("carol", "carol", 0xca)];
        Card[] cards = [.. places.Select((place, i) => Prepare(place, i))];
        Introduce(places[0], cards[1], cards[2]);
        Introduce(places[1], cards[0]);
        Introduce(places[2], cards[0]);
        Machine[] machines = [.. places.Select((place, i) => new Machine(place, PathOf(place), Network, new SeededRandomSource(10 + i)))];
        (Alice, Bob, Carol) = (machines[0], machines[1], machines[2]);
        foreach (Machine machine in machines)
            Network.Join(machine, new HonestDoor(machine));
    }

    public SimulatedNetwork Network { get; }

    public Machine Alice { get; }

    public Machine Bob { get; }

    public Machine Carol { get; }

    /// <summary>All that lies on somebody's disk, the write-ahead log included.</summary>
    public byte[] DiskOf(Machine machine) =>
        [.. Directory.EnumerateFiles(folder, machine.Name + "*").Order(StringComparer.Ordinal).SelectMany(Read)];

    public void Dispose()
    {
        foreach (Machine machine in new[] { Alice, Bob, Carol })
            machine.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private string PathOf(Place place) => Path.Combine(folder, place.Machine);

    private Card Prepare(Place place, int number)
    {
        using SqliteStore store = SqliteStore.Create(PathOf(place), new SeededRandomSource(number));
        using Identity identity = place.KeysOf(0);
        return store.Write(tables => OwnCard.Change(tables, identity, profile => profile with
        {
            Name = place.Person,
            Addresses = [place.Address],
            Endpoints = [new Endpoint(place.Url, identity.Did)],
        }, Network.Time.GetUtcNow()));
    }

    private void Introduce(Place place, params Card[] cards)
    {
        using SqliteStore store = SqliteStore.Open(PathOf(place));
        using Identity identity = place.KeysOf(0);
        foreach (Card card in cards)
            store.Write(tables => new ContactBook(tables, identity.Did, Network.Time.GetUtcNow()).Add(card));
    }

    private static byte[] Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
