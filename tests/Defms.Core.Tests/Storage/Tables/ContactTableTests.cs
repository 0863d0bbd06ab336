using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;
using Defms.Core.Tests.Sealing;

namespace Defms.Core.Tests.Storage.Tables;

public sealed class ContactTableTests : TableTest
{
    private static readonly Card Ada = NewCard(1, "Ada"), AdaLater = NewCard(1, "Ada B.", seq: 2), Ben = NewCard(2, "Ben");

    private IContactTable Contacts => Tables.Contacts;

    [Fact]
    public void A_contact_is_found_as_it_was_put()
    {
        Contacts.Put(new ContactRow
        {
            Card = Ada,
            State = ContactState.Accepted,
            IsVerified = true,
            EnteredEndpoints = ["http://b.example/", "http://a.example/"],
            Added = 5,
        });
        ContactRow found = Contacts.Find(Ada.Identity)!;
        Assert.Equal((Ada, ContactState.Accepted, true, 5), (found.Card, found.State, found.IsVerified, found.Added));
        Assert.Equal(["http://b.example/", "http://a.example/"], found.EnteredEndpoints);
        Assert.Null(Contacts.Find(Ben.Identity));
    }

    [Fact]
    public void Putting_again_replaces_all_but_the_bindings()
    {
        Contacts.Put(new ContactRow { Card = Ada, State = ContactState.Accepted, IsVerified = true, EnteredEndpoints = ["x", "y"] });
        Contacts.Bind("ada@example.org", Ada.Identity);
        Contacts.Put(new ContactRow { Card = AdaLater, State = ContactState.Blocked, EnteredEndpoints = ["z"] });
        ContactRow found = Assert.Single(Contacts.List());
        Assert.Equal((AdaLater, ContactState.Blocked, false), (found.Card, found.State, found.IsVerified));
        Assert.Equal(["z"], found.EnteredEndpoints);
        Assert.Equal(["ada@example.org"], Contacts.Bindings(Ada.Identity));
    }

    [Fact]
    public void Contacts_are_listed_in_the_order_they_were_added()
    {
        Contacts.Put(new ContactRow { Card = Ben, State = ContactState.Stranger, Added = 2 });
        Contacts.Put(new ContactRow { Card = Ada, State = ContactState.Accepted, Added = 1 });
        Assert.Equal([Ada, Ben], Contacts.List().Select(row => row.Card));
    }

    [Fact]
    public void An_address_means_one_identity_and_may_come_before_the_contact()
    {
        Assert.Null(Contacts.BoundTo("a@example.org"));
        Contacts.Bind("b@example.org", Ada.Identity);
        Contacts.Bind("a@example.org", Ada.Identity);
        Assert.Equal(["a@example.org", "b@example.org"], Contacts.Bindings(Ada.Identity));
        Contacts.Bind("a@example.org", Ben.Identity);
        Assert.Equal(Ben.Identity, Contacts.BoundTo("a@example.org"));
        Assert.Equal(["b@example.org"], Contacts.Bindings(Ada.Identity));
    }

    [Fact]
    public void A_contact_goes_with_his_endpoints_and_bindings()
    {
        Contacts.Put(new ContactRow { Card = Ada, State = ContactState.Accepted, EnteredEndpoints = ["x"] });
        Contacts.Bind("a@example.org", Ada.Identity);
        Contacts.Bind("b@example.org", Ben.Identity);
        Assert.True(Contacts.Remove(Ada.Identity));
        Assert.False(Contacts.Remove(Ada.Identity));
        Assert.Null(Contacts.Find(Ada.Identity));
        Assert.Null(Contacts.BoundTo("a@example.org"));
        Assert.Equal(Ben.Identity, Contacts.BoundTo("b@example.org"));
        Assert.Equal(0, Db.ScalarLong("SELECT count(*) FROM entered_endpoints"));
    }

    [Fact]
    public void A_damaged_card_is_told_with_its_contact_hides_no_other_and_is_mended()
    {
        Contacts.Put(new ContactRow { Card = Ada, State = ContactState.Blocked, IsVerified = true });
        Contacts.Put(new ContactRow { Card = Ben, State = ContactState.Accepted });
        Db.Execute("UPDATE contacts SET card = ?1 WHERE identity = ?2", Bytes(1), Ada.Identity.Bytes.ToArray());
        Assert.Contains(Ada.Identity.ToString(), Assert.Throws<StoreException>(() => Contacts.Find(Ada.Identity)).Message);
        Assert.Equal([Ben.Identity], Contacts.List().Select(row => row.Identity));
        Assert.Equal([Ada.Identity], Contacts.Damaged());
        Contacts.Mend(Ada);
        Assert.Empty(Contacts.Damaged());
        Assert.Equal((ContactState.Blocked, true), (Contacts.Find(Ada.Identity)!.State, Contacts.Find(Ada.Identity)!.IsVerified));
    }

    internal static Card NewCard(int seed, string name, int seq = 1)
    {
        using RecoverySeed recovery = RecoverySeed.Create(new SeededRandomSource(seed));
        using Identity identity = Identity.From(recovery);
        return identity.IssueCard(new Profile { Name = name, Seq = seq, Issued = 1 });
    }
}
