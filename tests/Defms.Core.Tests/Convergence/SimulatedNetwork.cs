using Defms.Core.Replication;
using Defms.Core.Tests.Replication;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Convergence;

/// <summary>How bad a network is, in percent of its requests.</summary>
/// <param name="Lost">On the way there, or the answer on the way back.</param>
/// <param name="Late">Arrives when the one who asked has given up long ago, behind later ones.</param>
/// <param name="Doubled">Arrives twice.</param>
/// <param name="Altered">Somebody on the way turns bits or cuts the end off, in the request or in the answer.</param>
internal readonly record struct Weather(int Lost, int Late, int Doubled, int Altered)
{
    public static Weather Fine => default;
}

/// <summary>
/// Machines in one process, and all that can happen to bytes between them, by the seed: they get lost, come late, twice, altered, or not at all while
/// the network is parted. Whoever listens on the wire keeps all that was ever sent.
/// </summary>
internal sealed class SimulatedNetwork(RandomSource chance)
{
    /// <summary>As long as a laptop that wakes up once more.</summary>
    private const int MaxOverheard = 400;

    private readonly Dictionary<Uri, (Machine Machine, IDoor Door)> doors = [];
    private readonly Dictionary<Machine, int> sides = [];
    private readonly List<(Uri To, Packet Packet)> late = [];

    public MovingTime Time { get; } = new();

    public Weather Weather { get; set; }

    /// <summary>Every request that was sent, for one who replays them.</summary>
    public List<(Uri To, Packet Packet)> Overheard { get; } = [];

    public int Requests { get; private set; }

    public void Join(Machine machine, IDoor door) => doors[machine.Url] = (machine, door);

    /// <summary>Only machines of one side reach each other.</summary>
    public void Part(IEnumerable<Machine> side)
    {
        sides.Clear();
        foreach (Machine machine in side)
            sides[machine] = 1;
    }

    public void Heal() => sides.Clear();

    /// <summary>Whether anything is still on its way.</summary>
    public bool IsEmpty => late.Count == 0;

    public async Task<byte[]> AskAsync(Machine from, Uri to, Packet packet)
    {
        Time.Advance(TimeSpan.FromMilliseconds(1 + chance.Below(200)));
        Requests++;
        Overhear(to, packet);
        if (!doors.TryGetValue(to, out var target) || sides.GetValueOrDefault(from) != sides.GetValueOrDefault(target.Machine) || Happens(Weather.Lost))
            throw Unreachable(to);
        if (Happens(Weather.Late))
        {
            late.Add((to, packet));
            throw Unreachable(to);
        }
        if (Happens(Weather.Altered))
            packet = packet with { Body = Alter(packet.Body) };
        byte[] answer = await ArriveAsync(to, packet);
        if (Happens(Weather.Doubled))
            await ArriveUnheardAsync(to, packet);
        if (Happens(Weather.Lost))
            throw Unreachable(to);
        return Happens(Weather.Altered) ? Alter(answer) : answer;
    }

    /// <summary>One that was late arrives now, whichever.</summary>
    public async Task ArriveLateAsync()
    {
        if (late.Count == 0)
            return;
        int which = chance.Below(late.Count);
        (Uri to, Packet packet) = late[which];
        late.RemoveAt(which);
        await ArriveUnheardAsync(to, packet);
    }

    /// <summary>Brings bytes to a machine; nobody waits for the answer.</summary>
    public async Task ArriveUnheardAsync(Uri to, Packet packet)
    {
        try
        {
            await ArriveAsync(to, packet);
        }
        catch (PeerException)
        {
            // A refusal, which nobody reads.
        }
    }

    public async Task<byte[]> ArriveAsync(Uri to, Packet packet)
    {
        (Machine machine, IDoor door) = doors[to];
        try
        {
            return machine.Store.IsDead ? throw Unreachable(to) : await door.AnswerAsync(packet);
        }
        catch (DiedException e) when (e.Store == machine.Store)
        {
            throw Unreachable(to);
        }
    }

    /// <summary>The bytes with some bits turned, cut, or put in.</summary>
    public byte[] Alter(byte[] bytes) => bytes.Length == 0 ? bytes : chance.Mutate(bytes);

    private bool Happens(int percent) => percent > 0 && chance.Below(100) < percent;

    private void Overhear(Uri to, Packet packet)
    {
        if (Overheard.Count == MaxOverheard)
            Overheard.RemoveAt(chance.Below(MaxOverheard));
        Overheard.Add((to, packet));
    }

    private static PeerException Unreachable(Uri to) => new(PeerFault.Unreachable, $"{to} cannot be reached.");
}
