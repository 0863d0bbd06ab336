using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication.Hosting;

/// <summary>The host's side of agreements: who is served, on which terms, by the operator's word or an invitation.</summary>
public sealed class HostingDesk(IStore<IReplicationTables> store, TimeProvider time)
{
    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Enters, changes or ends an agreement as its party asks; null with words for him where there is none.</summary>
    public HostingAnswer? Answer(SignedRequest asker, HostingRequest request, out string refusal)
    {
        (HostingAnswer? answer, refusal) = store.Write(tables => Answer(tables, asker.From, request));
        return answer;
    }

    /// <summary>Serves somebody by the operator's word; what is agreed with him already stays, but for terms that are given.</summary>
    /// <param name="name">What the operator calls him; null for what he is called already.</param>
    /// <param name="terms">Null for those that are agreed, else the usual ones.</param>
    public ServedRow Serve(Did identity, string? name, HostingTerms? terms) => store.Write(tables =>
    {
        ServedRow row = tables.Served.Find(identity) ?? new ServedRow(identity, null, 0, HostingTerms.Default, Now, 0);
        row = row with { Name = name ?? row.Name, Terms = terms ?? row.Terms };
        tables.Served.Put(row);
        return row;
    });

    /// <summary>Ends an agreement: what is still held goes, and his machines are forgotten.</summary>
    public static void End(IReplicationTables tables, Did identity)
    {
        tables.Held.RemoveAll(identity);
        tables.Devices.Remove(identity);
        tables.Served.Remove(identity);
    }

    /// <summary>Makes an invitation that one person may use, once; returns its token, which is kept nowhere.</summary>
    /// <param name="name">What the operator calls the one he invites, for his own list.</param>
    public byte[] Invite(string? name, HostingTerms terms, TimeSpan validity, RandomSource random)
    {
        byte[] token = random.Bytes(InvitationToken.Length);
        store.Write(tables =>
        {
            tables.Invitations.Add(InvitationToken.HashOf(token), name, terms, Now + (long)validity.TotalMilliseconds);
            return true;
        });
        return token;
    }

    private (HostingAnswer? Answer, string Refusal) Answer(IReplicationTables tables, Certificate asker, HostingRequest request)
    {
        (string? Name, HostingTerms Terms)? offered = request.Token is { } token ? tables.Invitations.Take(InvitationToken.HashOf(token), Now) : null;
        ServedRow? known = tables.Served.Find(asker.Identity);
        if (known is not null && known.Epoch > asker.Epoch)
            return (null, "your keys were replaced by newer ones");
        if (known is null && offered is null)
            return (null, request.Token is null
                ? "there is no agreement to hold your mail here; ask the one who runs this host for an invitation"
                : "this invitation is not good: it was used, has expired, or never was");
        ServedRow row = known ?? new ServedRow(asker.Identity, null, 0, default, Now, 0);
        row = row with { Name = offered?.Name ?? row.Name, Terms = offered?.Terms ?? row.Terms };
        tables.Served.Put(row);
        HandOver.Note(tables, asker, Now);
        if (request.Snapshots is { } snapshots)
            tables.Held.SetSnapshots(asker.Identity, snapshots);
        var answer = new HostingAnswer(row.Terms, tables.Held.Of(asker.Identity));
        if (request.Leaves)
            End(tables, asker.Identity);
        return (answer, "");
    }
}
