using System.Text;
using System.Text.Json;

namespace Defms.EndToEnd.Tests.Cli;

/// <summary>Bits that turned on the disk, as the commands show them.</summary>
public sealed class RotTests
{
    private const int PageSize = 4096;

    [Fact]
    public async Task What_rotted_is_neither_shown_nor_exported()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            byte[] content = new byte[600_000];
            new Random(6).NextBytes(content);
            await File.WriteAllBytesAsync(alice.File("plan.bin"), content);
            (string whole, _) = await alice.SendAsync(bob.Address, "Whole", "--body", "nothing is wrong with this one");
            (string message, string thread) = await alice.SendAsync(bob.Address, "Plans", "--body", "see the plan", "--attach", alice.File("plan.bin"));
            await TurnAsync(alice, thread);

            Result printed = (await alice.RunAsync("cat", message)).Expect(1);
            Assert.Empty(printed.Octets);
            Assert.Contains("damaged", printed.Errors, StringComparison.Ordinal);
            Assert.Contains("damaged", (await alice.RunAsync("attachment", message, "1", "--out", alice.File("out.bin"))).Expect(1).Errors, StringComparison.Ordinal);
            Assert.False(File.Exists(alice.File("out.bin")));
            Assert.Contains("Damaged here", (await alice.RunAsync("show", thread)).Expect(0).Text, StringComparison.Ordinal);

            JsonElement exported = (await alice.RunAsync("export", "--all", "--format", "eml", "--out", alice.File("mails"), "--json")).Expect(1).Json;
            Assert.Equal((1, 1), (exported.GetProperty("messages").GetInt32(), exported.GetProperty("left").GetInt32()));
            Assert.Equal((await alice.RunAsync("cat", whole)).Expect(0).Octets, await File.ReadAllBytesAsync(Directory.EnumerateFiles(alice.File("mails"), "*.eml", SearchOption.AllDirectories).Single()));

            Assert.Contains("A chunk of message", (await alice.RunAsync("verify")).Expect(1).Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_damaged_file_is_found_left_alone_while_it_is_open_and_written_anew()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            (string message, _) = await alice.SendAsync(bob.Address, "x", "--body", "still here");
            byte[] octets = (await alice.RunAsync("cat", message)).Expect(0).Octets;
            string store = Path.Combine(alice.Home, "store.db");
            int page = await SpoilAsync(store, "CREATE INDEX messages_thread");

            Assert.Contains("The store's file is damaged", (await alice.RunAsync("verify")).Expect(1).Text, StringComparison.Ordinal);
            byte[] damaged = await File.ReadAllBytesAsync(store);
            await using (await Daemon.StartAsync(alice))
                Assert.Contains("Stop defms-daemon", (await alice.RunAsync("verify", "--repair")).Expect(1).Errors, StringComparison.Ordinal);

            JsonElement report = (await alice.RunAsync("verify", "--repair", "--json")).Expect(0).Json;
            Assert.Equal(report.GetProperty("faults").GetArrayLength(), report.GetProperty("repaired").GetInt32());
            byte[] kept = await File.ReadAllBytesAsync(store + ".damaged");
            Assert.Equal(damaged[((page - 1) * PageSize)..(page * PageSize)], kept[((page - 1) * PageSize)..(page * PageSize)]);
            Assert.Contains("all sound", (await alice.RunAsync("verify")).Expect(0).Text, StringComparison.Ordinal);
            Assert.Equal(octets, (await alice.RunAsync("cat", message)).Expect(0).Octets);
        }
    }

    /// <summary>Turns a bit of a chunk where it lies in the store: an export as CAR says which bytes these are.</summary>
    private static async Task TurnAsync(Person person, string thread)
    {
        (await person.RunAsync("export", thread, "--format", "car", "--out", person.File("thread.car"))).Expect(0);
        byte[] car = await File.ReadAllBytesAsync(person.File("thread.car"));
        byte[] file = await File.ReadAllBytesAsync(Path.Combine(person.Home, "store.db"));
        int at = file.AsSpan().IndexOf(car.AsSpan(car.Length / 2, 64));
        Assert.True(at > 0, "The chunk is not in the file.");
        file[at + 32] ^= 8;
        await File.WriteAllBytesAsync(Path.Combine(person.Home, "store.db"), file);
    }

    /// <summary>Clears the first page of an index, whose number stands before its text in the schema (sqlite.org/fileformat2.html section 2.6).</summary>
    private static async Task<int> SpoilAsync(string store, string sql)
    {
        byte[] file = await File.ReadAllBytesAsync(store);
        int text = file.AsSpan().IndexOf(Encoding.ASCII.GetBytes(sql));
        int page = file[text - 1];
        file.AsSpan((page - 1) * PageSize, PageSize).Clear();
        await File.WriteAllBytesAsync(store, file);
        return page;
    }
}
