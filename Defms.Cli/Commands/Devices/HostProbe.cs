using Defms.Core.Identities;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;

namespace Defms.Cli.Commands.Devices;

/// <summary>
/// Finds out who holds mail for an identity, and which of its epochs was seen there: a host refuses keys that are older than the newest it
/// knows, so the first that it lets in are those.
/// </summary>
internal sealed class HostProbe(Invocation run, RecoverySeed seed)
{
    /// <summary>An epoch begins when a machine is lost; who has lost more says --epoch.</summary>
    private const int MaxEpochs = 16;

    private readonly List<Endpoint> found = [];

    public IReadOnlyList<Endpoint> Found => found;

    /// <summary>The highest that was seen; null where nobody is a host.</summary>
    public int? Epoch { get; private set; }

    /// <param name="known">The epoch of a card that is known there: then no other is tried.</param>
    /// <exception cref="PeerException">It cannot be reached.</exception>
    public async Task AskAsync(PeerAddress address, int? known, CancellationToken cancel)
    {
        for (int epoch = known ?? 0; epoch <= (known ?? MaxEpochs - 1); epoch++)
        {
            if (!await IsServedAsync(address, epoch, cancel))
                continue;
            found.Add(new Endpoint(address.Url, address.Identity));
            Epoch = Math.Max(Epoch ?? 0, epoch);
            return;
        }
    }

    private async Task<bool> IsServedAsync(PeerAddress address, int epoch, CancellationToken cancel)
    {
        using Identity asking = Identity.From(seed, epoch);
        using var door = new HttpPeer(asking, run.Time, run.Random);
        try
        {
            await door.AskAsync(address, new HostingRequest(), cancel);
            return true;
        }
        catch (PeerException e) when (e.Fault == PeerFault.Refused)
        {
            return false;
        }
    }
}
