using Defms.Serving;

namespace Defms.Abuse.Tests.Attacks;

public sealed class SeatsTests
{
    private readonly List<string> closed = [];

    [Fact]
    public void Who_has_most_gives_the_oldest_up_for_a_newcomer()
    {
        var seats = new Seats(all: 4, perAddress: 3);
        foreach (string name in (string[])["a1", "b1", "a2", "a3"])
            Assert.NotNull(Take(seats, name));
        Assert.NotNull(Take(seats, "c1"));
        Assert.Equal(["a1"], closed);
        Assert.Equal(4, seats.Count);
    }

    [Fact]
    public void A_network_has_only_so_many_and_ousts_nobody_who_has_as_few()
    {
        var seats = new Seats(all: 4, perAddress: 2);
        foreach (string name in (string[])["a1", "a2", "b1", "b2"])
            Assert.NotNull(Take(seats, name));
        Assert.Null(Take(seats, "a3"));
        Seat c = Take(seats, "c1")!;
        Assert.Equal(["a1"], closed);
        Assert.NotNull(Take(seats, "c2"));
        Assert.Equal(["a1", "b1"], closed);
        seats.Leave(c);
        Assert.NotNull(Take(seats, "a4"));
        Assert.Null(Take(seats, "a5"));
        Assert.Equal(4, seats.Count);
    }

    [Fact]
    public void Who_has_used_his_seat_keeps_it_before_those_who_only_hold_theirs()
    {
        var seats = new Seats(all: 3, perAddress: 3);
        Take(seats, "a1")!.Use();
        Take(seats, "b1");
        Take(seats, "c1")!.Use();
        Assert.NotNull(Take(seats, "d1"));
        Assert.Equal(["b1"], closed);
        Assert.NotNull(Take(seats, "e1"));
        Assert.Equal(["b1", "d1"], closed);
    }

    [Fact]
    public void One_who_was_ousted_leaves_without_counting_twice()
    {
        var seats = new Seats(all: 1, perAddress: 1);
        Seat first = Take(seats, "a")!, second = Take(seats, "b")!;
        seats.Leave(first);
        Assert.Equal(1, seats.Count);
        seats.Leave(second);
        seats.Leave(second);
        Assert.Equal(0, seats.Count);
    }

    [Fact]
    public void However_many_come_from_wherever_somebody_new_is_always_let_in()
    {
        var seats = new Seats(all: 100, perAddress: 10);
        for (int i = 0; i < 5000; i++)
            Take(seats, $"{(char)('a' + (i % 26))}{(char)('a' + (i / 26 % 10))}");
        Assert.Equal(100, seats.Count);
        Assert.NotNull(Take(seats, "z-new"));
        Assert.Equal(100, seats.Count);
    }

    [Fact]
    public void Many_addresses_of_one_neighbourhood_count_together_when_somebody_has_to_go()
    {
        var seats = new Seats(all: 4, perAddress: 1);
        Assert.NotNull(seats.TryTake("honest", "there", () => closed.Add("honest")));
        for (int i = 0; i < 50; i++)
            seats.TryTake($"bot{i}", "here", () => closed.Add("bot"));
        Assert.DoesNotContain("honest", closed);
        Assert.NotNull(seats.TryTake("another", "elsewhere", () => closed.Add("another")));
        Assert.Null(seats.TryTake("another", "elsewhere", () => closed.Add("another")));
        Assert.DoesNotContain("honest", closed);
    }

    private Seat? Take(Seats seats, string name)
    {
        string network = name.Length > 1 && char.IsAsciiDigit(name[1]) ? name[..1] : name;
        return seats.TryTake(network, network, () => closed.Add(name));
    }
}
