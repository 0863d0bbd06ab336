using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Tests.Sealing;

namespace Defms.Core.Tests.Convergence;

/// <summary>Five honest machines of three people, a liar, and the network between them, as they are at the beginning.</summary>
internal sealed class World : IDisposable
{
    private readonly string folder;

    public World(int seed)
    {
        Chance = new SeededRandomSource(seed);
        Network = new SimulatedNetwork(Chance);
        folder = Directory.CreateDirectory(Path.Combine(Root, $"defms-world-{Convert.ToHexString(RandomSource.System.Bytes(8))}")).FullName;
        var machines = new List<Machine>();
        foreach (Place place in Village.Places)
        {
            string path = Path.Combine(folder, place.Machine);
            File.WriteAllBytes(path, place.Store);
            machines.Add(new Machine(place, path, Network, new SeededRandomSource(unchecked((seed * 31) + machines.Count))));
        }
        Honest = machines[..^1];
        Mallory = new Liar(machines[^1], Network, Chance);
        foreach (Machine machine in Honest)
            Network.Join(machine, new HonestDoor(machine));
        Network.Join(Mallory.Machine, new LyingDoor(Mallory, Chance));
    }

    public RandomSource Chance { get; }

    public SimulatedNetwork Network { get; }

    public IReadOnlyList<Machine> Honest { get; }

    public Liar Mallory { get; }

    public Ledger Ledger { get; } = new();

    public IEnumerable<Machine> Alive => Honest.Where(machine => !machine.Store.IsDead);

    public IEnumerable<IGrouping<string, Machine>> People => Honest.GroupBy(machine => machine.Place.Person);

    /// <summary>In memory where the system has such a folder: what a disk promises is tested elsewhere.</summary>
    private static string Root => Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    public void Dispose()
    {
        foreach (Machine machine in Honest)
            machine.Dispose();
        Mallory.Machine.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
