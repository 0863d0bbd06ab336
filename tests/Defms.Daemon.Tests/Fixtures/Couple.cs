namespace Defms.Daemon.Tests.Fixtures;

/// <summary>Alice and Bob, both reachable, who have each other's card.</summary>
internal sealed class Couple : IAsyncDisposable
{
    private Couple(Person alice, Person bob) => (Alice, Bob) = (alice, bob);

    public Person Alice { get; }

    public Person Bob { get; }

    public static async Task<Couple> MeetAsync()
    {
        var couple = new Couple(await Person.ReachableAsync("Alice"), await Person.ReachableAsync("Bob"));
        couple.Alice.Know(couple.Bob);
        couple.Bob.Know(couple.Alice);
        return couple;
    }

    public async ValueTask DisposeAsync()
    {
        await Alice.DisposeAsync();
        await Bob.DisposeAsync();
    }
}
