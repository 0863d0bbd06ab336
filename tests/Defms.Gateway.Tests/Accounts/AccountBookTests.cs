using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Network;
using Defms.Gateway.Accounts;

namespace Defms.Gateway.Tests.Accounts;

public sealed class AccountBookTests
{
    private static readonly Did Alice = Did.From(Enumerable.Repeat((byte)1, Did.Length).ToArray());
    private static readonly Did Bob = Did.From(Enumerable.Repeat((byte)2, Did.Length).ToArray());

    private static readonly AccountBook Book = new(
        [new("alice@a.example", Alice), new("bob@a.example", Bob), new("bob+lists@a.example", Alice), new("*@b.example", Bob), new("carl@xn--bcher-kva.example", Bob)]);

    [Theory]
    [InlineData("alice@a.example", 1)]
    [InlineData("ALICE@A.Example", 1)]
    [InlineData("alice+shop@a.example", 1)]
    [InlineData("alice+a+b@a.example", 1)]
    [InlineData("bob+lists@a.example", 1)]
    [InlineData("bob+other@a.example", 2)]
    [InlineData("\"alice+shop\"@a.example", 1)]
    [InlineData("whoever@b.example", 2)]
    [InlineData("carl@b\u00fccher.example", 2)]
    [InlineData("postmaster@a.example", 1)]
    [InlineData("Postmaster@b.example", 2)]
    [InlineData("carol@a.example", 0)]
    [InlineData("+alice@a.example", 0)]
    [InlineData("\"+alice x\"@a.example", 0)]
    [InlineData("alice@sub.a.example", 0)]
    [InlineData("postmaster@c.example", 0)]
    public void An_address_belongs_to_its_owner(string text, int owner)
    {
        Assert.True(MailAddress.TryParse(text, out MailAddress address));
        Assert.Equal(owner == 0 ? null : owner == 1 ? Alice : Bob, Book.OwnerOf(address));
    }

    [Fact]
    public void What_is_written_is_read()
    {
        AccountBook read = AccountBook.Read(Book.Write());
        Assert.Equal(Book.All, read.All);
        Assert.True(read.IsAccount(Alice));
        Assert.False(read.IsAccount(Did.From(new byte[Did.Length])));
        Assert.Equal(["a.example", "b.example", "xn--bcher-kva.example"], read.Domains.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Only_a_published_account_is_found_by_the_digest_of_its_address()
    {
        AccountBook book = AccountBook.Read(new AccountBook([new("alice@a.example", Alice, IsPublic: true), new("bob@a.example", Bob)]).Write());
        Assert.Equal(Alice, book.Published(AddressCard.NameOf("alice@a.example"))?.Owner);
        Assert.Null(book.Published(AddressCard.NameOf("bob@a.example")));
        Assert.Null(book.Published("alice@a.example"));
    }

    [Theory]
    [InlineData("Alice@A.example", "alice@a.example")]
    [InlineData("*@B\u00fccher.example", "*@xn--bcher-kva.example")]
    [InlineData("*@", null)]
    [InlineData("alice", null)]
    [InlineData("*", null)]
    public void An_account_is_kept_under_its_canonical_address(string text, string? key) => Assert.Equal(key, AccountBook.KeyOf(text));
}
