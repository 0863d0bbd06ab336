using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Records;

namespace Defms.Core.Replication;

/// <summary>
/// The old machine's side of pairing: seals the identity to a new machine, knows that one from then on, and keeps the answer for it to fetch,
/// once and for ten minutes.
/// </summary>
public sealed class PairingDesk(IStore<IReplicationTables> store, TimeProvider time)
{
    private const string Setting = "pairing";

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Whether a request is still to be answered: made within ten minutes, as far as the two clocks agree.</summary>
    public bool IsFresh(PairingRequest request) => Math.Abs(Now - request.Time) <= (long)PairingRequest.Lifetime.TotalMilliseconds;

    /// <summary>Seals the identity to the machine that made the request. The person has compared the check codes.</summary>
    /// <param name="name">What this machine is called in the list of machines.</param>
    public PairingAnswer Admit(PairingRequest request, Identity self, string name) => store.Write(tables =>
    {
        byte[] device = tables.Settings.GetBytes(StoreSettings.Device)!;
        PairingAnswer answer = PairingAnswer.Seal(request, self, OwnCard.Get(tables), device);
        tables.Devices.Put(self.Did, request.Device, 0, Now);
        OwnDevices.Note(tables, device, name, Now);
        OwnDevices.Note(tables, request.Device, request.Name, Now);
        byte[] waiting = new DagCborWriter(answer.Box.Length + 128).Map(3)
            .Key("box"u8).Bytes(answer.Box)
            .Key("until"u8).Int(Now + (long)PairingRequest.Lifetime.TotalMilliseconds)
            .Key("request"u8).Bytes(request.Digest)
            .ToArray();
        tables.Settings.SetBytes(Setting, waiting);
        return answer;
    });

    /// <summary>The answer to the request with this digest; it is given once.</summary>
    public byte[]? Take(ReadOnlySpan<byte> digest)
    {
        byte[] asked = digest.ToArray();
        return store.Read(tables => tables.Settings.GetBytes(Setting)) is null ? null : store.Write(tables => Take(tables, asked));
    }

    private byte[]? Take(IReplicationTables tables, byte[] digest)
    {
        var reader = new DagCborReader(tables.Settings.GetBytes(Setting) ?? []);
        int fields = reader.ReadMap();
        reader.Key("box"u8, ref fields);
        byte[] box = reader.ReadBytes().ToArray();
        reader.Key("until"u8, ref fields);
        long until = reader.ReadInt64();
        reader.Key("request"u8, ref fields);
        bool isAsked = reader.ReadBytes().SequenceEqual(digest);
        reader.EndMap(fields);
        bool isOver = !reader.End() || until < Now;
        if (isAsked || isOver)
            tables.Settings.Remove(Setting);
        return isAsked && !isOver ? box : null;
    }
}
