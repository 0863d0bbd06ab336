using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;
using Defms.Core.Storage;

namespace Defms.Cli.Commands.Devices;

/// <summary>What <c>init --recover</c> is told.</summary>
/// <param name="Peers">Cards or URLs of contacts and hosts.</param>
/// <param name="Epoch">The epoch to begin; null to learn it from the peers.</param>
internal sealed record RecoveryPlan(IReadOnlyList<string> Peers, int? Epoch, string? Name, string? Address, IReadOnlyList<string> Endpoints);

/// <summary>Makes a home for an identity whose machines were lost: its next epoch, and the threads that its contacts share with it.</summary>
internal static class Recovering
{
    public static async Task<int> RunAsync(Invocation run, RecoveryPlan plan, CancellationToken cancel)
    {
        if (plan.Peers.Count == 0 && plan.Epoch is null)
            throw new CommandException(
                "Say who may know how far your epochs have come: --peer with the card or URL of a contact or host. If there is nobody, count yourself: --epoch N, one more than the last you had (the first was 0).", ExitCode.Usage);
        using RecoverySeed seed = RecoveryCode.Ask(run.Error);
        List<Card> peers = [];
        foreach (string peer in plan.Peers)
            peers.Add(await CardSource.ReadAsync(Locate(peer), cancel));
        KnownBefore known = await LearnAsync(run, seed, peers, plan.Epoch is null, cancel);
        using Identity identity = Identity.From(seed, Choose(plan, known));
        Make(run, plan, identity, known, peers);
        Exchange exchange = await run.Delivering.SyncAsync(default, cancel);
        Tell(run, identity, exchange);
        return exchange.Failed.Count > 0 ? ExitCode.Undelivered : ExitCode.Done;
    }

    /// <summary>An endpoint as a person knows it stands for the card that is published there.</summary>
    private static string Locate(string peer) =>
        CardFetcher.IsUrl(peer, out Uri? url) && !url.AbsolutePath.Contains("/.well-known/") ? peer.TrimEnd('/') + PeerProtocol.CardPath : peer;

    /// <summary>The newest card of one's own that any of the peers knows, and which of them hold mail for it.</summary>
    private static async Task<KnownBefore> LearnAsync(Invocation run, RecoverySeed seed, List<Card> peers, bool isNeeded, CancellationToken cancel)
    {
        // Keys of any epoch may ask about their identity.
        using Identity asking = Identity.From(seed);
        using var peer = new HttpPeer(asking, run.Time, run.Random);
        var found = new List<Card>();
        var hosts = new HostProbe(run, seed);
        PeerException? failure = null;
        foreach (PeerAddress address in peers.SelectMany(card => card.Endpoints).Select(endpoint => PeerAddress.Of(endpoint, mayBePrivate: true)))
        {
            try
            {
                Card? card = await peer.ShowCardAsync(address, null, cancel);
                found.AddRange(card is null ? [] : [card]);
                await hosts.AskAsync(address, card?.Epoch, cancel);
            }
            catch (PeerException e)
            {
                failure = e;
                run.Error.Sentence($"{run.Error.Yellow("Not reached:")} {VisibleText.Line(e.Message)}");
            }
        }
        if (found.Count > 0 || hosts.Found.Count > 0 || !isNeeded)
            return new KnownBefore(found.Max(), hosts.Epoch, hosts.Found);
        throw new CommandException(failure is null
            ? "None of them knows this identity. Check the recovery code, name others with --peer, or say which epoch to begin with --epoch."
            : "None of them could be asked how far your epochs have come. Try again, name others with --peer, or say which epoch to begin with --epoch.");
    }

    private static int Choose(RecoveryPlan plan, KnownBefore known)
    {
        int epoch = plan.Epoch ?? known.Epoch!.Value + 1;
        if (epoch is < 0 or > Certificate.MaxEpoch)
            throw new CommandException($"Epochs go from 0 to {Certificate.MaxEpoch}.", ExitCode.Usage);
        if (epoch <= known.Epoch)
            throw new CommandException($"Epoch {epoch} is no new one: epoch {known.Epoch} is known already, and its keys may be with whoever has your machine.", ExitCode.Usage);
        return epoch;
    }

    private static void Make(Invocation run, RecoveryPlan plan, Identity identity, KnownBefore known, List<Card> peers)
    {
        Profile profile = ProfileOf(plan, identity.Did, known);
        identity.IssueCard(profile);
        using Home home = Home.Create(run.HomePath, identity, Passphrase.Choose(run.Error), run.Random, tables =>
        {
            OwnCard.Change(tables, identity, _ => profile, run.Time.GetUtcNow());
            var book = new ContactBook(tables, identity.Did, run.Time.GetUtcNow());
            foreach (Card peer in peers.Where(card => card.Identity != identity.Did && !known.Hosts.Any(host => host.Identity == card.Identity)))
                book.Add(peer);
            long now = run.Time.GetUtcNow().ToUnixTimeMilliseconds();
            foreach (Endpoint host in known.Hosts)
                tables.Hosts.Put(new HostRow(host.Identity, host.Url, peers.First(card => card.Identity == host.Identity || card.Endpoints.Contains(host)).Name, 0, 0, 0, 0, now, 0, null));
            RecoveryHosts.Begin(tables, profile.Endpoints.Where(endpoint => endpoint.Identity != identity.Did).Select(endpoint => endpoint.Identity));
        });
    }

    /// <summary>As it was, but for one's own endpoints: there the lost machine may answer. Hosts stay.</summary>
    private static Profile ProfileOf(RecoveryPlan plan, Did self, KnownBefore known)
    {
        Profile before = known.Card?.Profile ?? new Profile();
        IEnumerable<Endpoint> hosts = before.Endpoints.Where(endpoint => endpoint.Identity != self).Concat(known.Hosts).DistinctBy(endpoint => endpoint.Identity);
        List<Endpoint> endpoints = [.. hosts, .. plan.Endpoints.Select(url => ConfigCommand.ReadEndpoint(url, self))];
        Profile profile = before with
        {
            Name = plan.Name ?? before.Name,
            Addresses = plan.Address is { } address ? [address] : before.Addresses,
            Endpoints = endpoints,
            Ipfs = [],
        };
        return profile.Addresses.Count > 0
            ? profile
            : throw new CommandException("Nobody could say which name and address you had. Give them with --name and --address.", ExitCode.Usage);
    }

    /// <summary>What others know of the identity.</summary>
    /// <param name="Card">The newest card.</param>
    /// <param name="HostEpoch">The highest epoch that a host has seen.</param>
    /// <param name="Hosts">Those of the peers that hold mail for it.</param>
    private sealed record KnownBefore(Card? Card, int? HostEpoch, IReadOnlyList<Endpoint> Hosts)
    {
        public int? Epoch => Card is null ? HostEpoch : Math.Max(Card.Epoch, HostEpoch ?? 0);
    }

    private static void Tell(Invocation run, Identity identity, Exchange exchange)
    {
        Card card = run.Card;
        if (run.IsJson)
        {
            run.Out.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("id", card.Identity.ToString());
                json.WriteString("address", card.Addresses[0]);
                json.WriteString("card", card.ToString());
                json.WriteNumber("epoch", identity.CurrentEpoch);
                json.WriteNumber("received", exchange.Received);
                json.WriteNumber("threads", exchange.Threads);
                json.WriteEndObject();
            });
        }
        else
        {
            run.Out.Line($"{run.Out.Bold(VisibleText.Line(card.Name))} <{card.Addresses[0]}>, epoch {identity.CurrentEpoch}");
            run.Out.Line($"  {card.Identity}");
            run.Out.Line($"{Names.Count(exchange.Received, "message")} in {Names.Count(exchange.Threads, "thread")} came back.");
            run.Error.Sentence("Add the cards of your other contacts with 'defms contact add', and sync: each gives back what he shares with you, and refuses your lost keys from then on.");
        }
        Writing.Outgoing.TellFailures(run, exchange);
    }
}
