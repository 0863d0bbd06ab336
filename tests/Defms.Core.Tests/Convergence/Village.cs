using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Tests.Replication;
using Defms.Core.Tests.Sealing;

namespace Defms.Core.Tests.Convergence;

/// <summary>
/// Everybody as they are at the beginning of each schedule, made once: Alice with a machine that nobody reaches beside the one that all do, Bob with
/// two that are reached, Carol with one; and Mallory, who has the cards of all, and whom Alice and Bob have accepted.
/// </summary>
internal static class Village
{
    private static readonly Lazy<IReadOnlyList<Place>> Made = new(Make);

    public static IReadOnlyList<Place> Places => Made.Value;

    private static List<Place> Make()
    {
        Place[] places =
        [
            new("alice", "alice-desk", 0xa1), new("alice", "alice-laptop", 0xa1), new("bob", "bob-desk", 0xb0), new("bob", "bob-phone", 0xb0),
            new("carol", "carol", 0xca), new("mallory", "mallory", 0x66),
        ];
        string folder = Directory.CreateTempSubdirectory("defms-village-").FullName;
        SqliteStore[] stores = [.. places.Select((place, i) => SqliteStore.Create(Path.Combine(folder, place.Machine), new SeededRandomSource(i)))];
        Card[] cards = [.. places.Zip(stores, (place, store) => OwnCardOf(place, places, store))];
        for (int i = 0; i < places.Length; i++)
            Introduce(places[i], stores[i], places, stores, cards);
        for (int i = 0; i < places.Length; i++)
        {
            // The file is whole when it is closed.
            stores[i].Dispose();
            places[i].Store = File.ReadAllBytes(Path.Combine(folder, places[i].Machine));
        }
        Directory.Delete(folder, recursive: true);
        return [.. places];
    }

    private static Card OwnCardOf(Place place, Place[] places, SqliteStore store)
    {
        using Identity identity = place.KeysOf(0);
        IEnumerable<Place> reached = places.Where(other => other.Person == place.Person && other.Machine != "alice-laptop");
        return store.Write(tables => OwnCard.Change(tables, identity, profile => profile with
        {
            Name = place.Person,
            Addresses = [place.Address],
            Endpoints = [.. reached.Select(machine => new Endpoint(machine.Url, identity.Did))],
        }, new MovingTime().GetUtcNow()));
    }

    private static void Introduce(Place place, SqliteStore store, Place[] places, SqliteStore[] stores, Card[] cards)
    {
        DateTimeOffset now = new MovingTime().GetUtcNow();
        for (int i = 0; i < places.Length; i++)
        {
            if (places[i].Machine == place.Machine)
                continue;
            if (places[i].Person == place.Person)
            {
                byte[] device = stores[i].Read(tables => tables.Settings.GetBytes(StoreSettings.Device))!;
                store.Write(tables => { tables.Devices.Put(cards[i].Identity, device, 0, now.ToUnixTimeMilliseconds()); return true; });
            }
            else if (places[i].Person != "mallory" || place.Person != "carol")
            {
                Identity self = place.KeysOf(0);
                store.Write(tables => new ContactBook(tables, self.Did, now).Add(cards[i]));
            }
        }
    }
}
