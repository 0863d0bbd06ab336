using System.Collections.Frozen;
using System.Text;
using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Network;

namespace Defms.Gateway.Accounts;

/// <summary>An address whose mail is taken here.</summary>
/// <param name="Address">Canonical; <c>*@domain</c> for whatever else the domain has.</param>
/// <param name="IsPublic">Whether anybody who knows the address may ask for its owner's card.</param>
internal sealed record Account(string Address, Did Owner, bool IsPublic = false);

/// <summary>
/// Which addresses are whose, at one moment. An account's address is also its owner's with <c>+tag</c> behind the local part (RFC 5233);
/// postmaster (RFC 5321, 4.5.1) of a domain that names none is the owner of the domain's first account. Letter case does not count.
/// </summary>
internal sealed class AccountBook
{
    private const string CatchAll = "*@";
    private const string Postmaster = "postmaster@";
    private const string Public = "public";

    private readonly FrozenDictionary<string, Did> owners;
    private readonly FrozenDictionary<string, Did> domains;
    private readonly FrozenSet<Did> identities;
    private readonly FrozenDictionary<string, Account> published;

    public AccountBook(IReadOnlyList<Account> accounts)
    {
        All = accounts;
        owners = accounts.ToFrozenDictionary(account => account.Address, account => account.Owner, StringComparer.Ordinal);
        domains = accounts.GroupBy(account => DomainOf(account.Address)).ToFrozenDictionary(same => same.Key, same => same.First().Owner, StringComparer.Ordinal);
        Domains = domains.Keys;
        identities = accounts.Select(account => account.Owner).ToFrozenSet();
        published = accounts.Where(account => account.IsPublic).ToFrozenDictionary(account => AddressCard.NameOf(account.Address), StringComparer.Ordinal);
    }

    public static AccountBook Empty { get; } = new([]);

    /// <summary>In the order in which they were added.</summary>
    public IReadOnlyList<Account> All { get; }

    /// <summary>Those of the accounts, in ASCII.</summary>
    public IReadOnlyList<string> Domains { get; }

    /// <summary>The key under which an account is kept: a canonical address, or <c>*@domain</c>; null when the text is neither.</summary>
    public static string? KeyOf(string text)
    {
        bool isCatchAll = text.StartsWith(CatchAll, StringComparison.Ordinal);
        if (!MailAddress.TryParse(isCatchAll ? "any" + text[1..] : text, out MailAddress address))
            return null;
        return isCatchAll ? CatchAll + address.AsciiDomain : address.Canonical;
    }

    public bool HasDomain(MailAddress address) => domains.ContainsKey(address.AsciiDomain);

    public bool IsAccount(Did identity) => identities.Contains(identity);

    /// <summary>Whose mail it is that goes to an address; null for nobody's.</summary>
    public Did? OwnerOf(MailAddress address)
    {
        string canonical = address.Canonical;
        string domain = address.AsciiDomain;
        return Find(canonical) ?? Find(WithoutTag(canonical)) ?? Find(CatchAll + domain)
            ?? (canonical == Postmaster + domain && domains.TryGetValue(domain, out Did first) ? first : null);
    }

    /// <summary>The account whose owner's card is shown under a name by <see cref="AddressCard.NameOf"/>.</summary>
    public Account? Published(string name) => published.GetValueOrDefault(name);

    /// <summary>Lines of address, tab, identity; behind those that are shown a tab and a word for it.</summary>
    public byte[] Write() => Encoding.UTF8.GetBytes(string.Concat(
        All.Select(account => $"{account.Address}\t{account.Owner}{(account.IsPublic ? "\t" + Public : "")}\n")));

    /// <summary>What <see cref="Write"/> made.</summary>
    public static AccountBook Read(ReadOnlySpan<byte> written)
    {
        var accounts = new List<Account>();
        foreach (string line in Encoding.UTF8.GetString(written).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split('\t') is [var address, var owner, .. var more] && Did.TryParse(owner, out Did did))
                accounts.Add(new Account(address, did, more is [Public]));
        }
        return new AccountBook(accounts);
    }

    private static string DomainOf(string address) => address[(address.LastIndexOf('@') + 1)..];

    private static string WithoutTag(string canonical)
    {
        int plus = canonical.IndexOf('+', StringComparison.Ordinal);
        int at = canonical.LastIndexOf('@');
        return plus > 0 && plus < at && canonical[0] != '"' ? canonical[..plus] + canonical[at..] : canonical;
    }

    private Did? Find(string key) => owners.TryGetValue(key, out Did owner) ? owner : null;
}
