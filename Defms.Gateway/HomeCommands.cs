using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Storage;
using Defms.Gateway.Authentication;
using Defms.Gateway.Authentication.Dkim;
using Defms.Gateway.Configuration;

namespace Defms.Gateway;

/// <summary>Commands about the gateway itself: <c>init</c>, <c>card</c>, <c>dns</c>.</summary>
internal static class HomeCommands
{
    private const string PassphraseVariable = "DEFMS_PASSPHRASE";

    /// <summary>A gateway starts unattended, so only the variable locks its identity; nobody is asked.</summary>
    /// <exception cref="StoreException">There is a home already, or none can be made.</exception>
    public static async Task<int> InitAsync(string path, GatewayOptions options, TextWriter output)
    {
        if (options.Address is { } address && !MailAddress.TryParse(address, out _))
            throw new MailboxException($"--address: '{address}' is no mail address: it is written local@domain.", MailboxFault.Usage);
        using RecoverySeed seed = RecoverySeed.Create(RandomSource.System);
        using Identity identity = Identity.From(seed);
        var profile = new Profile { Name = options.Name, Addresses = options.Address is null ? [] : [options.Address] };
        using Home home = Home.Create(
            path, identity, Environment.GetEnvironmentVariable(PassphraseVariable), RandomSource.System,
            tables => OwnCard.Change(tables, identity, _ => profile, TimeProvider.System.GetUtcNow()));
        await output.WriteLineAsync($"""
            {home.Store.Read(OwnCard.Get)}

            Recovery code, shown this once; write it on paper: {seed.ToCode()}
            """);
        return 0;
    }

    public static async Task<int> CardAsync(Home home, TextWriter output)
    {
        await output.WriteLineAsync(home.Store.Read(OwnCard.Get).ToString());
        return 0;
    }

    public static async Task<int> DnsAsync(ConfigFile file, string domain, TextWriter output)
    {
        if (!MailAddress.TryParse($"any@{domain.TrimEnd('.')}", out MailAddress address))
            throw new MailboxException($"'{domain}' is no domain.", MailboxFault.Usage);
        var faults = new List<string>();
        string host = new SectionReader(file, ConfigKeys.Gateway, faults).Required("hostname");
        if (faults.Count > 0)
            throw new MailboxException(faults[0], MailboxFault.Usage);
        var outgoing = new SectionReader(file, ConfigKeys.Outgoing, faults);
        using DkimKey? key = outgoing.Path("dkim-key") is { } path && File.Exists(path)
            ? DkimKey.TryRead(outgoing.Text("dkim-selector"), await File.ReadAllTextAsync(path))
            : null;
        await output.WriteAsync(DnsRecords.Zone(address.AsciiDomain, host, key is null ? [] : [key]));
        return 0;
    }
}
