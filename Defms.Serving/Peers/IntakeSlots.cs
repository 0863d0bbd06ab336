using Defms.Core.Identities;

namespace Defms.Serving.Peers;

/// <summary>
/// How many announcements are read at once, since their blocks are held in memory until they are stored: a few of people who are welcome,
/// each with up to 64 MiB, and more of strangers, each with no more than strangers may leave.
/// </summary>
internal sealed class IntakeSlots : IDisposable
{
    private const int Welcome = 4;
    private const int Strangers = 16;

    /// <summary>Nobody takes all slots by himself; a person with two machines may use both.</summary>
    private const int PerSender = 2;

    private const int StrangersPerNetwork = 4;

    /// <summary>Of one network, of whom nothing is known yet: a first block may claim to be a megabyte.</summary>
    private const int ArrivingPerNetwork = 8;

    /// <summary>Others wait this long for a slot, while their bytes wait at their end.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim welcome = new(Welcome);
    private readonly SemaphoreSlim strangers = new(Strangers);
    private readonly Occupancy<string> arriving = new(ArrivingPerNetwork);
    private readonly Occupancy<Did> senders = new(PerSender);
    private readonly Occupancy<string> networks = new(StrangersPerNetwork);

    /// <summary>A place to show an announcement at, until it is disposed; null when this network has too many already.</summary>
    public IDisposable? Arrive(string network) => arriving.TryEnter(network) ? new Slot(() => arriving.Leave(network)) : null;

    /// <summary>A slot until it is disposed, or null when there is none for too long.</summary>
    public async Task<IDisposable?> EnterAsync(Did sender, bool isWelcome, string network, CancellationToken cancel)
    {
        if (!(isWelcome ? senders.TryEnter(sender) : networks.TryEnter(network)))
            return null;
        SemaphoreSlim all = isWelcome ? welcome : strangers;
        bool entered = false;
        try
        {
            entered = await all.WaitAsync(Wait, cancel);
            return entered ? new Slot(() => Leave(sender, isWelcome, network, all)) : null;
        }
        finally
        {
            if (!entered)
                Leave(sender, isWelcome, network, null);
        }
    }

    public void Dispose()
    {
        welcome.Dispose();
        strangers.Dispose();
    }

    private void Leave(Did sender, bool isWelcome, string network, SemaphoreSlim? all)
    {
        if (isWelcome)
            senders.Leave(sender);
        else
            networks.Leave(network);
        all?.Release();
    }

    private sealed class Slot(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
