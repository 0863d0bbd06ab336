using Defms.Core.Identities;
using Defms.Core.Replication;

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

    /// <summary>
    /// Parcels of gateways and accounts that were entered here: mostly some kilobytes each, and never more than 48 MiB. Many at once share one sync of the disk.
    /// </summary>
    private const int Parcels = 16;

    private const int ParcelsPerSender = 8;

    private const int StrangersPerNetwork = 4;

    /// <summary>Of one network, of whom nothing is known yet: a first block may claim to be a megabyte.</summary>
    private const int ArrivingPerNetwork = 16;

    /// <summary>Others wait this long for a slot, while their bytes wait at their end.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim welcome = new(Welcome);
    private readonly SemaphoreSlim strangers = new(Strangers);
    private readonly Occupancy<string> arriving = new(ArrivingPerNetwork);
    private readonly SemaphoreSlim parcels = new(Parcels);
    private readonly Occupancy<Did> senders = new(PerSender);
    private readonly Occupancy<Did> parcelSenders = new(ParcelsPerSender);
    private readonly Occupancy<string> networks = new(StrangersPerNetwork);

    /// <summary>A place to show an announcement at, until it is disposed; null when this network has too many already.</summary>
    public IDisposable? Arrive(string network) => arriving.TryEnter(network) ? new Slot(() => arriving.Leave(network)) : null;

    /// <summary>A slot until it is disposed, or null when there is none for too long.</summary>
    public async Task<IDisposable?> EnterAsync(Announcement announcement, bool isWelcome, string network, CancellationToken cancel)
    {
        Did sender = announcement.Sender.Identity;
        if (!isWelcome)
            return await EnterAsync(strangers, networks, network, cancel);
        return announcement.IsParcel ? await EnterAsync(parcels, parcelSenders, sender, cancel) : await EnterAsync(welcome, senders, sender, cancel);
    }

    public void Dispose()
    {
        welcome.Dispose();
        strangers.Dispose();
        parcels.Dispose();
    }

    private static async Task<IDisposable?> EnterAsync<TKey>(SemaphoreSlim all, Occupancy<TKey> each, TKey key, CancellationToken cancel)
        where TKey : notnull
    {
        if (!each.TryEnter(key))
            return null;
        bool entered = false;
        try
        {
            entered = await all.WaitAsync(Wait, cancel);
        }
        finally
        {
            if (!entered)
                each.Leave(key);
        }
        return entered ? new Slot(() => Leave(all, each, key)) : null;
    }

    private static void Leave<TKey>(SemaphoreSlim all, Occupancy<TKey> each, TKey key)
        where TKey : notnull
    {
        each.Leave(key);
        all.Release();
    }

    private sealed class Slot(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
