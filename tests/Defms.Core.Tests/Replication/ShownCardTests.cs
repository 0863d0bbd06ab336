using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Replication;

/// <summary>A card that an address's own domain shows, taken because the person asked for that address.</summary>
public sealed class ShownCardTests : IDisposable
{
    private readonly MemoryNetwork network = new();
    private readonly Someone alice;
    private readonly Someone dora;

    public ShownCardTests()
    {
        alice = new Someone("Alice", network);
        dora = new Someone("Dora", network);
        dora.SetProfile(profile => profile with { Addresses = [dora.Address, "boss@elsewhere.example"] });
    }

    public void Dispose()
    {
        alice.Dispose();
        dora.Dispose();
    }

    [Fact]
    public void It_binds_the_address_that_was_asked_for_and_opens_no_private_network()
    {
        ContactChange change = Add(dora.Card);
        Assert.Equal([dora.Address], change.Bound);
        Assert.Equal((ContactState.Accepted, false, 0), (change.Row.State, change.Row.IsVerified, change.Row.EnteredEndpoints.Count));
        Assert.Null(alice.Store.Read(tables => tables.Contacts.BoundTo("boss@elsewhere.example")));
    }

    [Fact]
    public void It_takes_no_address_from_somebody_without_the_persons_word_and_no_newer_card_back()
    {
        using var thief = new Someone("Thief", network);
        thief.SetProfile(profile => profile with { Addresses = [dora.Address] });
        Card old = dora.Card;
        dora.SetProfile(profile => profile with { Name = "Dora Example" });
        alice.Know(dora);
        Assert.Throws<MailboxException>(() => Add(thief.Card));
        Assert.Equal("Dora Example", Add(old).Row.Card.Name);
        Assert.Throws<MailboxException>(() => Add(alice.Card));
    }

    private ContactChange Add(Card card)
    {
        Assert.True(MailAddress.TryParse(dora.Address, out MailAddress address));
        return alice.Store.Write(tables => new ContactBook(tables, alice.Did, network.Time.GetUtcNow()).AddShown(card, address));
    }
}
