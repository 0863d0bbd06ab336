using System.Net;
using System.Text;
using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Threads;
using Defms.Daemon.Tests.Fixtures;

namespace Defms.Daemon.Tests.Ipfs;

/// <summary>Somebody with a public thread and a private one, both with a large message, and a client of his gateway.</summary>
internal sealed class Archive : IAsyncDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

    private Archive(Person person) => Person = person;

    public Person Person { get; }

    public Cid Public { get; private set; }

    public Cid Private { get; private set; }

    public Cid RootOf(Cid thread) => Person.RootOf(thread)!.Value;

    public static async Task<Archive> OpenAsync(bool isPublic = true)
    {
        var archive = new Archive(await Person.ReachableAsync("Alice"));
        archive.Private = archive.Make(isPublic: false, "Private");
        if (isPublic)
            archive.Public = archive.Make(isPublic: true, "Public");
        return archive;
    }

    /// <summary>Every block of a thread, in the order of a walk from its root, each once.</summary>
    public IReadOnlyList<Block> BlocksOf(Cid thread) => Person.Store.Read(tables =>
    {
        var walk = new DagWalk(tables.Blocks, new DagWalkLimits(100, 10_000, long.MaxValue));
        return walk.Below([RootOf(thread)]).ToList();
    });

    public void LetAnybodyHaveSealedBlocks() => Person.Store.Write(tables =>
    {
        tables.Settings.Set(IpfsSettings.Open, "yes");
        return true;
    });

    public void Keep(params Block[] blocks) => Person.Store.Write(tables => tables.Blocks.Put(blocks));

    /// <summary>Turns a bit of a block in its row.</summary>
    public void Turn(Block block)
    {
        byte[] data = block.Span.ToArray();
        data[^1] ^= 1;
        using SqliteConnection db = SqliteConnection.Open(Path.Combine(Person.HomeFolder, "store.db"), SqliteOpenMode.ReadWrite);
        Assert.Equal(1, db.Execute("UPDATE blocks SET data = ?2 WHERE cid = ?1", block.Cid.Bytes.ToArray(), data));
    }

    public async Task<HttpResponseMessage> AskAsync(string path, string? accept = null, HttpMethod? method = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(Person.Url, path));
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }

    public async Task<HttpStatusCode> StatusAsync(string path, string? accept = null)
    {
        using HttpResponseMessage response = await AskAsync(path, accept);
        return response.StatusCode;
    }

    /// <summary>The names in a CAR that is answered, in order; each block was checked against its name.</summary>
    public async Task<IReadOnlyList<Cid>> CarAsync(string path, string accept = "application/vnd.ipld.car")
    {
        using HttpResponseMessage response = await AskAsync(path, accept);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        CarReader car = await CarReader.OpenAsync(await response.Content.ReadAsStreamAsync(), CarBudget.Unlimited);
        List<Cid> names = [];
        while (await car.NextAsync() is { } block)
            names.Add(block.Cid);
        Assert.Null(car.Error);
        Assert.Single(car.Roots);
        return names;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Person.DisposeAsync();
    }

    private Cid Make(bool isPublic, string subject)
    {
        Identity self = Person.Identity;
        var random = RandomSource.System;
        using Thread thread = Thread.Create(self, [Person.Card], new GenesisOptions { Created = isPublic ? 1 : null, IsPublic = isPublic }, random);
        byte[] small = Encoding.ASCII.GetBytes($"From: alice@alice.example\r\nSubject: {subject}\r\n\r\nsmall\r\n");
        byte[] large = [.. small, .. Encoding.ASCII.GetBytes(Convert.ToHexString(random.Bytes(300_000)))];
        foreach (byte[] octets in new[] { small, large })
        {
            SealedMessage message = thread.Seal(self, octets, time: 1);
            Person.Store.Write(tables => Arrival.Add(
                tables, thread, [Indexing.Describe(message.Message, octets, self.Did, 1)], [.. message.Chunks], self.Did, 1));
        }
        return thread.Id;
    }
}
