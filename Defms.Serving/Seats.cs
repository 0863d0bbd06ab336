namespace Defms.Serving;

/// <summary>
/// Who is connected, up to a limit for each address (or network) and one for all. When all seats are taken a newcomer gets the oldest seat of the
/// neighbourhood that has most of them, if that has more than his own, and rather one that was never used: many connections that are only held open, from
/// however many places, keep nobody else out. Safe for use by several threads.
/// </summary>
public sealed class Seats(int all, int perAddress)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> byAddress = [];
    private readonly Dictionary<string, LinkedList<Seat>> byNeighbourhood = [];
    private long numbers;
    private int count;

    public int Count => Volatile.Read(ref count);

    /// <summary>Takes a seat, or returns null where there is none for this address.</summary>
    /// <param name="neighbourhood">What many addresses of one owner have in common.</param>
    /// <param name="close">Ends the connection when another gets its seat. It is called by the newcomer, so it must only begin to close.</param>
    public Seat? TryTake(string address, string neighbourhood, Action close)
    {
        Seat? ousted = null;
        Seat seat;
        lock (gate)
        {
            int own = byNeighbourhood.TryGetValue(neighbourhood, out LinkedList<Seat>? taken) ? taken.Count : 0;
            if (byAddress.GetValueOrDefault(address) >= perAddress || (count >= all && (ousted = OldestOfTheMost(own)) is null))
                return null;
            if (ousted is not null)
                Remove(ousted);
            seat = new Seat(address, neighbourhood, numbers++, close);
            if (!byNeighbourhood.TryGetValue(neighbourhood, out taken))
                byNeighbourhood[neighbourhood] = taken = [];
            seat.Place = taken.AddLast(seat);
            byAddress[address] = byAddress.GetValueOrDefault(address) + 1;
            count++;
        }
        ousted?.Close();
        return seat;
    }

    /// <summary>Gives a seat back; one that another has got meanwhile is none any more.</summary>
    public void Leave(Seat seat)
    {
        lock (gate)
            Remove(seat);
    }

    private Seat? OldestOfTheMost(int own)
    {
        Seat? found = null;
        int most = 0;
        foreach (LinkedList<Seat> taken in byNeighbourhood.Values.Where(taken => taken.Count > own))
        {
            Seat oldest = taken.FirstOrDefault(seat => !seat.IsUsed) ?? taken.First!.Value;
            bool isRather = found is null || (oldest.IsUsed, -taken.Count, oldest.Number).CompareTo((found.IsUsed, -most, found.Number)) < 0;
            if (isRather)
                (found, most) = (oldest, taken.Count);
        }
        return found;
    }

    private void Remove(Seat seat)
    {
        if (seat.Place is not { } place)
            return;
        seat.Place = null;
        LinkedList<Seat> taken = byNeighbourhood[seat.Neighbourhood];
        taken.Remove(place);
        if (taken.Count == 0)
            byNeighbourhood.Remove(seat.Neighbourhood);
        if (--byAddress[seat.Address] == 0)
            byAddress.Remove(seat.Address);
        count--;
    }
}

/// <summary>A connection's place among all.</summary>
public sealed class Seat
{
    internal Seat(string address, string neighbourhood, long number, Action close) =>
        (Address, Neighbourhood, Number, Close) = (address, neighbourhood, number, close);

    internal string Address { get; }

    internal string Neighbourhood { get; }

    internal long Number { get; }

    internal Action Close { get; }

    /// <summary>Whether something was said over it that makes sense.</summary>
    internal bool IsUsed { get; private set; }

    /// <summary>Notes that it is more than held open.</summary>
    public void Use() => IsUsed = true;

    /// <summary>Null once it was left or ousted.</summary>
    internal LinkedListNode<Seat>? Place { get; set; }
}
