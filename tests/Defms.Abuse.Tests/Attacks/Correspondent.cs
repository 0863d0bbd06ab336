using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Storage;

namespace Defms.Abuse.Tests.Attacks;

/// <summary>An honest person in this process, who writes to one whose daemon is attacked.</summary>
internal sealed class Correspondent : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("defms-honest-").FullName;
    private readonly RecoverySeed seed = RecoverySeed.Create(RandomSource.System);
    private readonly Identity identity;
    private readonly Home home;
    private readonly HttpPeer peer;
    private int number;

    public Correspondent()
    {
        identity = Identity.From(seed);
        home = Home.Create(Path.Combine(folder, "home"), identity, null, RandomSource.System);
        peer = new HttpPeer(identity, TimeProvider.System, RandomSource.System);
        home.Store.Write(tables => OwnCard.Change(tables, identity, profile => profile with { Name = "Honest", Addresses = ["honest@h.example"] }, TimeProvider.System.GetUtcNow()));
    }

    public string Card => home.Store.Read(OwnCard.Get).ToString();

    public void Know(string card)
    {
        Assert.True(Core.Identities.Card.TryParse(card, out Core.Identities.Card? known, out string? error), error);
        home.Store.Write(tables => new ContactBook(tables, identity.Did, TimeProvider.System.GetUtcNow()).Add(known));
    }

    /// <summary>Writes a mail and delivers it; it counts when the other's daemon has signed that it is stored.</summary>
    public async Task SendAsync(string to)
    {
        MailAddress recipient = Address(to);
        byte[] octets = MailComposer.Compose(new MailDraft
        {
            From = new NamedAddress("Honest", Address("honest@h.example")),
            To = [new NamedAddress(null, recipient)],
            Subject = $"Number {++number}",
            Text = "text",
            Date = TimeProvider.System.GetUtcNow(),
            MessageId = $"{number}@h.example",
        });
        Posted posted = new Posting(home.Store, identity, TimeProvider.System, RandomSource.System).Post(new Letter { Octets = octets, To = [recipient] });
        SyncReport report = await new Replicator(home.Store, identity, peer, TimeProvider.System, RandomSource.System).DeliverAsync(all: true, CancellationToken.None);
        Assert.True(report.Failed.Count == 0, string.Join('\n', report.Failed));
        Assert.All(home.Store.Read(tables => tables.Deliveries.Of(tables.Messages.Find(posted.Message)!.Id)), row => Assert.Equal(DeliveryState.Stored, row.State));
    }

    public void Dispose()
    {
        peer.Dispose();
        home.Dispose();
        identity.Dispose();
        seed.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static MailAddress Address(string text) => MailAddress.TryParse(text, out MailAddress address) ? address : throw new InvalidOperationException($"{text} is no address.");
}
