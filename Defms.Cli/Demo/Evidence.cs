using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Network;
using Defms.Core.Storage;

namespace Defms.Cli.Demo;

/// <summary>Looks into people's stores for what the demonstration claims: not by asking the programs, but at the bytes.</summary>
internal static class Evidence
{
    /// <summary>The root of a thread as a store keeps it; null when it does not have the thread.</summary>
    public static Cid? Root(Person person, string thread) =>
        Look(person, tables => Cid.TryParse(thread, out Cid name) ? tables.Threads.Find(name)?.Root : null);

    /// <summary>Whether to the one person the other's address means the other's key.</summary>
    public static bool Means(Person person, Person other) =>
        Look(person, tables => tables.Contacts.BoundTo(other.Address) is { } bound && bound.ToString() == other.Id);

    /// <summary>Names of all messages of a thread, by bytes.</summary>
    public static IReadOnlyList<string> Messages(Person person, string thread) => Look(person, tables =>
        Cid.TryParse(thread, out Cid name) && tables.Threads.Find(name) is { } row
            ? (IReadOnlyList<string>)[.. tables.Messages.Names(row.Id).Select(cid => cid.ToString())]
            : []);

    /// <summary>How many blocks a store keeps, and how many of them hold one of these texts.</summary>
    public static (int Blocks, int Hits) SearchBlocks(Person person, IEnumerable<string> texts) => Look(person, tables =>
    {
        byte[][] needles = [.. texts.Select(Encoding.UTF8.GetBytes)];
        int blocks = 0;
        int hits = 0;
        foreach (Cid cid in tables.Blocks.List())
        {
            blocks++;
            if (tables.Blocks.Find(cid) is { } block && Array.Exists(needles, needle => block.Span.IndexOf(needle) >= 0))
                hits++;
        }
        return (blocks, hits);
    });

    /// <summary>Names of all blocks of a thread.</summary>
    public static IReadOnlyList<Cid> BlocksOf(Person person, string thread) => Look(person, tables =>
    {
        Cid root = Cid.TryParse(thread, out Cid name) ? tables.Threads.Find(name)!.Root : throw new DemoException($"{thread} is no thread.");
        var walk = new DagWalk(tables.Blocks, new DagWalkLimits(Depth: 64, Blocks: 10_000, Bytes: long.MaxValue));
        return walk.Below([root]).Select(block => block.Cid).ToList();
    });

    /// <summary>How many blocks a store names without having their bytes in its file.</summary>
    public static long CountMoved(Person person)
    {
        using SqliteConnection db = SqliteConnection.Open(Path.Combine(person.Home, "store.db"), SqliteOpenMode.ReadWrite);
        return db.ScalarLong("SELECT count(*) FROM node_blocks WHERE NOT EXISTS(SELECT 1 FROM blocks WHERE blocks.cid = node_blocks.cid)") ?? 0;
    }

    /// <summary>Takes one chunk out of a store, as a broken disk would; returns its name.</summary>
    public static Cid LoseChunk(Person person, string thread)
    {
        Cid chunk = BlocksOf(person, thread).First(cid => cid.Codec == Cid.Raw);
        using Home home = Home.Open(person.Home);
        home.Store.Write(tables =>
        {
            tables.Blocks.Remove([chunk]);
            return true;
        });
        return chunk;
    }

    /// <summary>The first file below a person's home that holds one of these byte sequences, or null.</summary>
    public static string? FindInFiles(Person person, IEnumerable<byte[]> needles) => FindInFiles(person.Home, needles);

    /// <summary>The first file below a folder that holds one of these byte sequences, or null.</summary>
    public static string? FindInFiles(string folder, IEnumerable<byte[]> needles)
    {
        byte[][] all = [.. needles];
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            file.CopyTo(copy);
            if (Array.Exists(all, needle => copy.GetBuffer().AsSpan(0, (int)copy.Length).IndexOf(needle) >= 0))
                return path;
        }
        return null;
    }

    /// <summary>How many parcels wait in a gateway's home for those that they are for.</summary>
    public static int CountParcels(string gateway)
    {
        using Home home = Home.Open(gateway);
        return home.Store.Read(tables => tables.Parcels.Kept().Count);
    }

    /// <summary>How many announcements and receipts of one person a host keeps for another, by his store.</summary>
    public static int CountHeld(Person host, Person recipient, Person sender)
    {
        using Home home = Home.Open(host.Home);
        return home.Store.Read(tables => tables.Held.Of(Parse(recipient), Parse(sender)).Items);
    }

    private static Did Parse(Person person) => Did.TryParse(person.Id, out Did did) ? did : throw new DemoException($"{person.Id} is no identity.");

    private static T Look<T>(Person person, Func<IMailTables, T> look)
    {
        using Home home = Home.Open(person.Home);
        home.Store.UseNodes(url => new KuboNode(url));
        return home.Store.Read(look);
    }
}
