using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Convergence;

/// <summary>One machine of somebody's: a real store, the real replicator over it, and a clock that goes wrong by minutes.</summary>
internal sealed class Machine : IDisposable
{
    private readonly SimulatedNetwork network;
    private readonly TimeProvider time;
    private RequestGate gate;

    public Machine(Place place, string path, SimulatedNetwork network, RandomSource random)
    {
        (Place, this.network, Random) = (place, network, random);
        Identity = place.KeysOf(0);
        Store = new MortalStore(path);
        time = new WrongTime(network.Time, TimeSpan.FromSeconds(random.Below(240) - 120));
        gate = new RequestGate(Did, time);
        Replicator = NewReplicator();
    }

    public Place Place { get; }

    public string Name => Place.Machine;

    public Uri Url => Place.Url;

    public MortalStore Store { get; }

    public Identity Identity { get; private set; }

    public Did Did => Identity.Did;

    public RandomSource Random { get; }

    public Replicator Replicator { get; private set; }

    public RequestGate Gate => gate;

    public TimeProvider Time => time;

    public long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public Outbox Outbox => new(Store, Identity, time, Random);

    public Mailbox Mailbox => new(Store, Did);

    /// <summary>Starts again after its process died: all that is left is the store and the keys, which are written in one transaction with the card.</summary>
    public void Restart()
    {
        Store.Revive();
        UseKeys(Store.Read(OwnCard.Get).Epoch);
    }

    /// <summary>Goes on with the next epoch's keys, as 'device remove' does.</summary>
    public void BeginEpoch()
    {
        using (Identity next = Place.KeysOf(Identity.CurrentEpoch + 1))
        {
            Store.Write(tables =>
            {
                Card card = OwnCard.Change(tables, next, profile => profile, time.GetUtcNow());
                new Outbox(Store, next, time, Random).Reissue(tables);
                return card;
            });
        }
        UseKeys(Identity.CurrentEpoch + 1);
    }

    public override string ToString() => Name;

    public void Dispose()
    {
        Store.Dispose();
        Identity.Dispose();
    }

    private void UseKeys(int epoch)
    {
        Identity.Dispose();
        Identity = Place.KeysOf(epoch);
        gate = new RequestGate(Did, time);
        Replicator = NewReplicator();
    }

    private Replicator NewReplicator() => new(Store, Identity, new SimulatedPeer(network, this), time, Random);

    private sealed class WrongTime(TimeProvider right, TimeSpan difference) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => right.GetUtcNow() + difference;

        public override long GetTimestamp() => right.GetUtcNow().UtcTicks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }
}
