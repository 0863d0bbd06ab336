using System.Globalization;
using System.Text;
using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Gateway.Smtp.Sasl;

namespace Defms.Gateway.Accounts;

/// <summary>
/// Passwords of accounts, for programs that hand mail in by SMTP: what proves them (RFC 5802) and never they themselves. One counts only while
/// its account belongs to whom it was made for. Safe for use by several threads.
/// </summary>
internal sealed class AccountPasswords(IStore<IReplicationTables> store, AccountDirectory accounts) : ISmtpCredentials
{
    private const string Setting = "gateway-passwords";
    private const int SaltLength = 16;

    /// <summary>Four times what RFC 7677 asks for; some milliseconds of a core at each login.</summary>
    public int Iterations => 16_384;

    public ValueTask<ScramVerifier?> FindAsync(string account, CancellationToken cancel)
    {
        string? key = AccountBook.KeyOf(account);
        Entry? entry = store.Read(Read).FirstOrDefault(each => each.Address == key);
        bool isHis = entry is not null && accounts.Current.All.Any(each => each.Address == key && each.Owner == entry.Owner);
        return new(isHis ? entry!.Verifier : null);
    }

    /// <summary>Sets an account's password in place of an earlier one.</summary>
    /// <param name="key">From <see cref="AccountBook.KeyOf"/>.</param>
    /// <exception cref="MailboxException">There is no such account.</exception>
    public void Set(string key, string password, RandomSource random)
    {
        accounts.Refresh();
        Account account = accounts.Current.All.FirstOrDefault(each => each.Address == key)
            ?? throw new MailboxException($"{key} is no account here.", MailboxFault.NotFound);
        var entry = new Entry(key, account.Owner, Scram.Verifier(password, random.Bytes(SaltLength), Iterations));
        store.Write(tables => Write(tables, [.. Read(tables).Where(each => each.Address != key), entry]));
    }

    /// <summary>False when there is none.</summary>
    public bool Remove(string key) => store.Write(tables =>
    {
        List<Entry> entries = Read(tables);
        return entries.RemoveAll(each => each.Address == key) > 0 && Write(tables, entries);
    });

    private static bool Write(IReplicationTables tables, IEnumerable<Entry> entries)
    {
        tables.Settings.SetBytes(Setting, Encoding.UTF8.GetBytes(string.Concat(entries.Select(entry => entry.Line))));
        return true;
    }

    private static List<Entry> Read(IReplicationTables tables) =>
        [.. Encoding.UTF8.GetString(tables.Settings.GetBytes(Setting) ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Entry.Read).OfType<Entry>()];

    /// <summary>A line: address, identity, iterations, salt, stored key, server key.</summary>
    private sealed record Entry(string Address, Did Owner, ScramVerifier Verifier)
    {
        public string Line => string.Create(
            CultureInfo.InvariantCulture,
            $"{Address}\t{Owner}\t{Verifier.Iterations}\t{Base64(Verifier.Salt)}\t{Base64(Verifier.StoredKey)}\t{Base64(Verifier.ServerKey)}\n");

        public static Entry? Read(string line) =>
            line.Split('\t') is [var address, var owner, var iterations, var salt, var stored, var server] && Did.TryParse(owner, out Did did)
                ? new Entry(address, did, new ScramVerifier(
                    Convert.FromBase64String(salt), int.Parse(iterations, CultureInfo.InvariantCulture), Convert.FromBase64String(stored), Convert.FromBase64String(server)))
                : null;

        private static string Base64(ReadOnlyMemory<byte> octets) => Convert.ToBase64String(octets.Span);
    }
}
