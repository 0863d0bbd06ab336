using Defms.Core.Identities;

namespace Defms.Core.Mailboxes;

/// <summary>How the person stands to somebody. Numbers are stored: never change one.</summary>
public enum ContactState
{
    /// <summary>Known from a shared thread or a waiting message; may not write on his own.</summary>
    Stranger = 0,

    Accepted = 1,

    Blocked = 2,
}

/// <summary>Somebody the person knows of.</summary>
public sealed record ContactRow
{
    public required Card Card { get; init; }

    public required ContactState State { get; init; }

    /// <summary>Whether the person compared keys with him by other means.</summary>
    public bool IsVerified { get; init; }

    /// <summary>Endpoints that the person entered by hand, as cards write them: only these may lead into private networks.</summary>
    public IReadOnlyList<string> EnteredEndpoints { get; init; } = [];

    /// <summary>Unix milliseconds.</summary>
    public long Added { get; init; }

    public Did Identity => Card.Identity;
}

/// <summary>Contacts, and which address means whom.</summary>
public interface IContactTable
{
    ContactRow? Find(Did identity);

    void Put(ContactRow row);

    /// <summary>Forgets a contact and his bindings; false when there was none.</summary>
    bool Remove(Did identity);

    /// <summary>All of them but <see cref="Damaged"/> ones.</summary>
    IReadOnlyList<ContactRow> List();

    /// <summary>Those whose card cannot be read any more, so that <see cref="Find"/> fails.</summary>
    IReadOnlyList<Did> Damaged();

    /// <summary>Puts a card in the place of a damaged one; the rest of the contact stays as it is.</summary>
    void Mend(Card card);

    /// <summary>The identity bound to an address (in the canonical form of MailAddress), or null.</summary>
    Did? BoundTo(string address);

    /// <summary>Binds an address to an identity in place of any other: the person's word.</summary>
    void Bind(string address, Did identity);

    /// <summary>The addresses bound to an identity, sorted.</summary>
    IReadOnlyList<string> Bindings(Did identity);
}
