using System.Text;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;

namespace Defms.Gateway.Accounts;

/// <summary>The commands <c>account add</c>, <c>list</c>, <c>publish</c> and <c>remove</c>.</summary>
internal static class AccountCommands
{
    /// <summary>A card is at most 2 KiB; somebody may have saved a mail around it.</summary>
    private const int MaxFile = 1 << 20;

    /// <exception cref="MailboxException">The address is none, or the card no good.</exception>
    public static async Task<int> AddAsync(Home home, string address, string cardSource, TextWriter errors)
    {
        string key = KeyOf(address);
        Card card = await ReadCardAsync(cardSource);
        Did self = home.Store.Read(OwnCard.Get).Identity;
        new AccountDirectory(home.Store).Add(key, card, self, TimeProvider.System.GetUtcNow());
        if (!key.StartsWith('*') && !card.Addresses.Any(shown => AccountBook.KeyOf(shown) == key))
            await errors.WriteLineAsync($"Note: {key} does not stand on the card, so nobody sees there that it is the owner's.");
        return 0;
    }

    public static async Task<int> ListAsync(Home home, TextWriter output)
    {
        var directory = new AccountDirectory(home.Store);
        directory.Refresh();
        foreach (Account account in directory.Current.All)
        {
            string name = home.Store.Read(tables => tables.Contacts.Find(account.Owner))?.Card.Name ?? "";
            await output.WriteLineAsync($"{account.Address}\t{account.Owner}\t{Plain(name)}{(account.IsPublic ? "\tpublic" : "")}");
        }
        return 0;
    }

    /// <exception cref="MailboxException">It is no single address, or not here, or not on its owner's card.</exception>
    public static async Task<int> PublishAsync(Home home, string address, string choice, TextWriter errors)
    {
        string key = KeyOf(address);
        if (key.StartsWith('*'))
            throw new MailboxException($"{key} is no single address: add those whose card shall be shown as accounts of their own.", MailboxFault.Usage);
        if (choice is not ("on" or "off"))
            throw new MailboxException($"'{choice}' is neither on nor off.", MailboxFault.Usage);
        if (!new AccountDirectory(home.Store).Publish(key, choice == "on"))
            throw new MailboxException($"{key} is no account here.", MailboxFault.NotFound);
        await errors.WriteLineAsync(choice == "on" ? $"Whoever knows {key} may have its owner's card now." : $"The card behind {key} is not shown any more.");
        return 0;
    }

    /// <exception cref="MailboxException">It is no address, or not here.</exception>
    public static async Task<int> RemoveAsync(Home home, string address, TextWriter errors)
    {
        string key = KeyOf(address);
        if (!new AccountDirectory(home.Store).Remove(key))
            throw new MailboxException($"{key} is no account here.", MailboxFault.NotFound);
        await errors.WriteLineAsync($"Mail for {key} is not taken any more. What waits for its owner still reaches him.");
        return 0;
    }

    private static string KeyOf(string address) => AccountBook.KeyOf(address)
        ?? throw new MailboxException($"'{address}' is no address: write local@domain, or *@domain for whatever else a domain has.", MailboxFault.Usage);

    /// <summary>The text of a card, or a file with one somewhere inside.</summary>
    private static async Task<Card> ReadCardAsync(string source)
    {
        bool isText = source.StartsWith(Card.TextPrefix, StringComparison.OrdinalIgnoreCase);
        string text = isText ? source : await ReadFileAsync(source);
        int start = text.IndexOf(Card.TextPrefix, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
            throw new MailboxException($"{source} holds no card: there is no '{Card.TextPrefix}' in it.");
        string rest = text[start..].ReplaceLineEndings("\n");
        return Card.TryParse(rest.Split("\n\n", 2)[0], out Card? card, out string? error) || Card.TryParse(rest.Split('\n', 2)[0], out card, out _)
            ? card
            : throw new MailboxException($"The card is no good: it {error}. Ask for it once more, whole.");
    }

    private static async Task<string> ReadFileAsync(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new MailboxException($"'{path}' is no card (they begin with '{Card.TextPrefix}') and no file that is there.", MailboxFault.NotFound);
        if (file.Length > MaxFile)
            throw new MailboxException($"{path} is too large to be a card.");
        return await File.ReadAllTextAsync(path, Encoding.UTF8);
    }

    private static string Plain(string name) => string.Concat(name.Select(c => char.IsControl(c) ? ' ' : c));
}
