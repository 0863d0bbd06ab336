using System.Text;

namespace Defms.Core.Mime;

/// <summary>A named group of RFC 5322, 3.4, for example "undisclosed-recipients:;" with no members.</summary>
public sealed record AddressGroup(string Name, IReadOnlyList<NamedAddress> Members);

/// <summary>What an address field says: all mailboxes in order, those inside groups included, and the groups.</summary>
public sealed class AddressList
{
    internal AddressList(IReadOnlyList<NamedAddress> mailboxes, IReadOnlyList<AddressGroup> groups)
    {
        Mailboxes = mailboxes;
        Groups = groups;
    }

    /// <summary>A field that names nobody.</summary>
    public static AddressList Empty { get; } = new([], []);

    /// <summary>At most <see cref="MimeLimits.Mailboxes"/>.</summary>
    public IReadOnlyList<NamedAddress> Mailboxes { get; }

    public IReadOnlyList<AddressGroup> Groups { get; }

    /// <summary>Reads the value of From, To and the like as found on the wire (folded, encoded words). Never fails: what is not an address becomes a name.</summary>
    public static AddressList Parse(ReadOnlySpan<byte> value) => new AddressReader(value).Read();

    /// <summary>The same for text, for example what a person typed.</summary>
    public static AddressList Parse(string value) => Parse(Encoding.UTF8.GetBytes(value));
}
