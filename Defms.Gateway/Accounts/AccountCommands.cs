using System.Text;
using Defms.Core;
using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;

namespace Defms.Gateway.Accounts;

/// <summary>The commands <c>account add</c>, <c>list</c>, <c>publish</c>, <c>remove</c> and <c>password</c>.</summary>
internal static class AccountCommands
{
    /// <summary>A card is at most 2 KiB; somebody may have saved a mail around it.</summary>
    private const int MaxFile = 1 << 20;

    /// <summary>Guessers get a thousand tries a day and address.</summary>
    private const int MinPassword = 10;

    /// <summary>120 bits, 24 letters and digits.</summary>
    private const int MadePasswordBytes = 15;

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
        new AccountPasswords(home.Store, new AccountDirectory(home.Store)).Remove(key);
        await errors.WriteLineAsync($"Mail for {key} is not taken any more. What waits for its owner still reaches him.");
        return 0;
    }

    /// <summary>A line on standard input is the password; where there is none, or a terminal, one is made and printed.</summary>
    /// <exception cref="MailboxException">It is no account, there is no password to remove, or the one given is no good.</exception>
    public static async Task<int> PasswordAsync(Home home, string address, bool remove, TextWriter output, TextWriter errors)
    {
        string key = KeyOf(address);
        if (key.StartsWith('*'))
            throw new MailboxException("A password belongs to one address: add it as an account of its own.", MailboxFault.Usage);
        var passwords = new AccountPasswords(home.Store, new AccountDirectory(home.Store));
        if (remove)
        {
            if (!passwords.Remove(key))
                throw new MailboxException($"{key} has no password.", MailboxFault.NotFound);
            await errors.WriteLineAsync($"Nobody hands mail in as {key} any more.");
            return 0;
        }
        string? given = Console.IsInputRedirected ? await Console.In.ReadLineAsync() : null;
        if (given is { Length: > 0 and < MinPassword } || given?.Any(char.IsControl) == true)
            throw new MailboxException($"The password is too short or holds control characters: it has at least {MinPassword} characters.", MailboxFault.Usage);
        string password = given is { Length: > 0 } ? given : Multibase.Base32(RandomSource.System.Bytes(MadePasswordBytes))[1..];
        passwords.Set(key, password, RandomSource.System);
        if (given is not { Length: > 0 })
            await output.WriteLineAsync(password);
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
